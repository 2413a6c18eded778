#include "COnnxRuntime.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connx_api.h"

#define RELEASE(slot, pointer) (((void (*)(void *))api[slot])(pointer))

static const void *const *api;
static void *environment;
static void *memory_info;
static void *allocator;
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

struct connx_session {
  void *session;
  size_t input_count, output_count;
  char **input_names, **output_names;
};

static const char *say(char *message, const char *text) {
  snprintf(message, connx_message_bytes, "%s", text ? text : "unknown failure");
  return message;
}

// Takes the text out of a status and releases it; NULL stays NULL.
static const char *check(connx_status status, char *message) {
  if (!status) return NULL;
  say(message, ((const char *(*)(const void *))api[slot_get_error_message])(status));
  RELEASE(slot_release_status, status);
  return message;
}

// Each function of the table has its own type; these name the ones called.
typedef connx_status (*create_env_f)(int, const char *, void **);
typedef connx_status (*one_f)(void *);
typedef connx_status (*out_f)(void **);
typedef connx_status (*int_f)(void *, int);
typedef connx_status (*create_memory_info_f)(int, int, void **);
typedef connx_status (*create_session_f)(void *, const void *, size_t, void *, void **);
typedef connx_status (*config_f)(void *, const char *, const char *);
typedef connx_status (*count_f)(const void *, size_t *);
typedef connx_status (*name_f)(const void *, size_t, void *, char **);
typedef connx_status (*type_info_f)(const void *, size_t, void **);
typedef connx_status (*cast_f)(const void *, const void **);
typedef connx_status (*element_type_f)(const void *, int *);
typedef connx_status (*dimensions_f)(const void *, int64_t *, size_t);
typedef connx_status (*tensor_f)(void *, void *, size_t, const int64_t *, size_t, int, void **);
typedef connx_status (*data_f)(void *, void **);
typedef connx_status (*value_info_f)(const void *, void **);
typedef connx_status (*free_f)(void *, void *);
typedef connx_status (*run_f)(
    void *, const void *, const char *const *, const void *const *, size_t, const char *const *, size_t, void **);

static const char *open_locked(const char *path, char *message) {
  if (api) return NULL;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return say(message, dlerror());
  const connx_api_base *(*get_base)(void) = (const connx_api_base *(*)(void))dlsym(library, "OrtGetApiBase");
  if (!get_base) return say(message, "not an ONNX Runtime library: it has no OrtGetApiBase");
  api = get_base()->get_api(CONNX_API_VERSION);
  if (!api) return say(message, "this ONNX Runtime is too old");
  const char *failure = check(((create_env_f)api[slot_create_env])(3, "tacet", &environment), message);
  if (!failure) failure = check(((one_f)api[slot_disable_telemetry_events])(environment), message);
  if (!failure) failure = check(((create_memory_info_f)api[slot_create_cpu_memory_info])(0, 0, &memory_info), message);
  if (!failure) failure = check(((out_f)api[slot_get_allocator_with_default_options])(&allocator), message);
  if (failure) api = NULL;
  return failure;
}

const char *connx_open(const char *path, char *message) {
  pthread_mutex_lock(&opening);
  const char *failure = open_locked(path, message);
  pthread_mutex_unlock(&opening);
  return failure;
}

static const char *configure(void *options, char *message) {
  const char *failure = check(((int_f)api[slot_set_intra_op_num_threads])(options, 1), message);
  if (!failure) failure = check(((int_f)api[slot_set_inter_op_num_threads])(options, 1), message);
  if (!failure) failure = check(((int_f)api[slot_set_session_graph_optimization_level])(options, 99), message);
  if (!failure) failure = check(((one_f)api[slot_disable_cpu_mem_arena])(options), message);
  if (!failure) {
    config_f add = (config_f)api[slot_add_session_config_entry];
    failure = check(add(options, "session.intra_op.allow_spinning", "0"), message);
  }
  return failure;
}

// Copies one name out of the runtime's memory.
static const char *copy_name(void *session, int slot, size_t index, char **copy, char *message) {
  char *name = NULL;
  const char *failure = check(((name_f)api[slot])(session, index, allocator, &name), message);
  if (failure) return failure;
  *copy = strdup(name);
  connx_status status = ((free_f)api[slot_allocator_free])(allocator, name);
  if (status) RELEASE(slot_release_status, status);
  return *copy ? NULL : say(message, "out of memory");
}

static const char *copy_names(
    void *session, int count_slot, int name_slot, size_t *count, char ***names, char *message) {
  const char *failure = check(((count_f)api[count_slot])(session, count), message);
  if (failure) return failure;
  *names = calloc(*count ? *count : 1, sizeof(char *));
  if (!*names) return say(message, "out of memory");
  for (size_t i = 0; i < *count && !failure; i++) failure = copy_name(session, name_slot, i, &(*names)[i], message);
  return failure;
}

const char *connx_session_create(const void *bytes, size_t count, connx_session **result, char *message) {
  if (!api) return say(message, "ONNX Runtime is not open");
  connx_session *made = calloc(1, sizeof *made);
  if (!made) return say(message, "out of memory");
  void *options = NULL;
  const char *failure = check(((out_f)api[slot_create_session_options])(&options), message);
  if (!failure) failure = configure(options, message);
  if (!failure) {
    create_session_f create = (create_session_f)api[slot_create_session_from_array];
    failure = check(create(environment, bytes, count, options, &made->session), message);
  }
  if (options) RELEASE(slot_release_session_options, options);
  if (!failure)
    failure = copy_names(
        made->session, slot_session_get_input_count, slot_session_get_input_name, &made->input_count,
        &made->input_names, message);
  if (!failure)
    failure = copy_names(
        made->session, slot_session_get_output_count, slot_session_get_output_name, &made->output_count,
        &made->output_names, message);
  if (failure) {
    connx_session_release(made);
    return failure;
  }
  *result = made;
  return NULL;
}

void connx_session_release(connx_session *session) {
  if (!session) return;
  if (session->session) RELEASE(slot_release_session, session->session);
  for (size_t i = 0; session->input_names && i < session->input_count; i++) free(session->input_names[i]);
  for (size_t i = 0; session->output_names && i < session->output_count; i++) free(session->output_names[i]);
  free(session->input_names);
  free(session->output_names);
  free(session);
}

size_t connx_input_count(const connx_session *session) { return session->input_count; }
size_t connx_output_count(const connx_session *session) { return session->output_count; }

// Rank and shape of a float32 tensor's description.
static const char *shape_of(const void *info, connx_tensor *tensor, char *message) {
  int type = 0;
  const char *failure = check(((element_type_f)api[slot_get_tensor_element_type])(info, &type), message);
  if (failure) return failure;
  if (type != CONNX_FLOAT32) return say(message, "its elements are not float32");
  failure = check(((count_f)api[slot_get_dimensions_count])(info, &tensor->rank), message);
  if (failure) return failure;
  if (tensor->rank > connx_most_rank) return say(message, "it has too many axes");
  return check(((dimensions_f)api[slot_get_dimensions])(info, tensor->shape, tensor->rank), message);
}

static const char *describe(
    const connx_session *session, int slot, size_t index, connx_tensor *tensor, char *message) {
  void *type_info = NULL;
  const void *info = NULL;
  const char *failure = check(((type_info_f)api[slot])(session->session, index, &type_info), message);
  if (failure) return failure;
  failure = check(((cast_f)api[slot_cast_type_info_to_tensor_info])(type_info, &info), message);
  if (!failure) failure = info ? shape_of(info, tensor, message) : say(message, "it is not a tensor");
  RELEASE(slot_release_type_info, type_info);
  return failure;
}

const char *connx_input(const connx_session *session, size_t index, connx_tensor *tensor, char *message) {
  if (index >= session->input_count) return say(message, "no such input");
  tensor->name = session->input_names[index];
  return describe(session, slot_session_get_input_type_info, index, tensor, message);
}

const char *connx_output(const connx_session *session, size_t index, connx_tensor *tensor, char *message) {
  if (index >= session->output_count) return say(message, "no such output");
  tensor->name = session->output_names[index];
  return describe(session, slot_session_get_output_type_info, index, tensor, message);
}

// Copies a result to the caller, if it has exactly the room for it.
static const char *copy_out(void *value, connx_tensor *output, char *message) {
  void *info = NULL, *data = NULL;
  size_t count = 0;
  const char *failure = check(((value_info_f)api[slot_get_tensor_type_and_shape])(value, &info), message);
  if (failure) return failure;
  failure = check(((count_f)api[slot_get_tensor_shape_element_count])(info, &count), message);
  RELEASE(slot_release_tensor_type_and_shape_info, info);
  if (!failure && count != output->count) failure = say(message, "an output has another size than declared");
  if (!failure) failure = check(((data_f)api[slot_get_tensor_mutable_data])(value, &data), message);
  if (!failure) memcpy(output->values, data, count * sizeof(float));
  return failure;
}

const char *connx_run(
    const connx_session *session, const connx_tensor *inputs, size_t input_count, connx_tensor *outputs,
    size_t output_count, char *message) {
  enum { most = 16 };
  if (input_count > most || output_count > most) return say(message, "too many tensors");
  const char *in_names[most], *out_names[most];
  void *in_values[most] = {0}, *out_values[most] = {0};
  const char *failure = NULL;
  for (size_t i = 0; i < input_count && !failure; i++) {
    in_names[i] = inputs[i].name;
    failure = check(
        ((tensor_f)api[slot_create_tensor_with_data])(
            memory_info, inputs[i].values, inputs[i].count * sizeof(float), inputs[i].shape, inputs[i].rank,
            CONNX_FLOAT32, &in_values[i]),
        message);
  }
  for (size_t i = 0; i < output_count; i++) out_names[i] = outputs[i].name;
  if (!failure) {
    run_f run = (run_f)api[slot_run];
    failure = check(
        run(session->session, NULL, in_names, (const void *const *)in_values, input_count, out_names, output_count,
            out_values),
        message);
  }
  for (size_t i = 0; i < output_count && !failure; i++) failure = copy_out(out_values[i], &outputs[i], message);
  for (size_t i = 0; i < input_count; i++)
    if (in_values[i]) RELEASE(slot_release_value, in_values[i]);
  for (size_t i = 0; i < output_count; i++)
    if (out_values[i]) RELEASE(slot_release_value, out_values[i]);
  return failure;
}

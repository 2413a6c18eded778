// The part of ONNX Runtime's C API that is used, by slot of its function table. The table only ever grows: the runtime
// asserts the position of each entry at its own build.
#ifndef CONNX_API_H
#define CONNX_API_H

#include <stdint.h>

#define CONNX_API_VERSION 5
#define CONNX_FLOAT32 1

enum connx_slot {
  slot_get_error_message = 2,
  slot_create_env = 3,
  slot_disable_telemetry_events = 6,
  slot_create_session_from_array = 8,
  slot_run = 9,
  slot_create_session_options = 10,
  slot_disable_cpu_mem_arena = 19,
  slot_set_session_graph_optimization_level = 23,
  slot_set_intra_op_num_threads = 24,
  slot_set_inter_op_num_threads = 25,
  slot_session_get_input_count = 30,
  slot_session_get_output_count = 31,
  slot_session_get_input_type_info = 33,
  slot_session_get_output_type_info = 34,
  slot_session_get_input_name = 36,
  slot_session_get_output_name = 37,
  slot_create_tensor_with_data = 49,
  slot_get_tensor_mutable_data = 51,
  slot_cast_type_info_to_tensor_info = 55,
  slot_get_tensor_element_type = 60,
  slot_get_dimensions_count = 61,
  slot_get_dimensions = 62,
  slot_get_tensor_shape_element_count = 64,
  slot_get_tensor_type_and_shape = 65,
  slot_create_cpu_memory_info = 69,
  slot_allocator_free = 76,
  slot_get_allocator_with_default_options = 78,
  slot_release_status = 93,
  slot_release_session = 95,
  slot_release_value = 96,
  slot_release_type_info = 98,
  slot_release_tensor_type_and_shape_info = 99,
  slot_release_session_options = 100,
  slot_add_session_config_entry = 130,
};

typedef struct {
  const void *const *(*get_api)(uint32_t version);
  const char *(*get_version_string)(void);
} connx_api_base;

typedef void *connx_status;

#endif

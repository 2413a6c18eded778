#ifndef CONNXRUNTIME_H
#define CONNXRUNTIME_H

#include <stddef.h>
#include <stdint.h>

// ONNX Runtime, opened at run time: nothing is linked, no header of it is needed. One runtime per process.
//
// Functions that can fail return NULL on success, or a message of at most connx_message_bytes - 1 bytes in `message`.
// Element type of every tensor: float32.

#define connx_message_bytes 512
#define connx_most_rank 8

typedef struct connx_session connx_session;

typedef struct {
  const char *name;
  int64_t shape[connx_most_rank];
  size_t rank;
  float *values; // of an input: its elements; of an output: room for `count` of them
  size_t count;
} connx_tensor;

// Opens the library at `path` once per process; later calls return at once.
const char *connx_open(const char *path, char *message);

// Makes a session of a model in memory: one thread, no spinning, all graph optimisations.
const char *connx_session_create(const void *bytes, size_t count, connx_session **session, char *message);
void connx_session_release(connx_session *session);

size_t connx_input_count(const connx_session *session);
size_t connx_output_count(const connx_session *session);

// Name, rank and shape of an input or output; a free axis has length -1. The name lives as long as the session.
const char *connx_input(const connx_session *session, size_t index, connx_tensor *tensor, char *message);
const char *connx_output(const connx_session *session, size_t index, connx_tensor *tensor, char *message);

// Runs the model. Safe to call from several threads. Every output must hold exactly as many elements as it has room for.
const char *connx_run(
    const connx_session *session, const connx_tensor *inputs, size_t input_count, connx_tensor *outputs,
    size_t output_count, char *message);

#endif

// server FOLDER: echoes over mTLS with the identity in FOLDER, on one thread and one completion queue. Prints its port; ends with
// standard input.
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <thread>

#include "echo.grpc.pb.h"
#include "files.h"

namespace {

using bench::Cell;
using bench::Echo;
using grpc::ServerCompletionQueue;

// One call; `proceed` is its next step.
struct Call {
  virtual ~Call() = default;
  virtual void proceed(bool ok) = 0;
};

// waiting → answering → gone
class UnaryCall final : public Call {
 public:
  UnaryCall(Echo::AsyncService* service, ServerCompletionQueue* queue)
      : service_(service), queue_(queue), responder_(&context_) {
    service_->RequestUnary(&context_, &request_, &responder_, queue_, queue_, this);
  }

  void proceed(bool ok) override {
    if (answered_ || !ok) {
      delete this;
      return;
    }
    new UnaryCall(service_, queue_);
    answered_ = true;
    responder_.Finish(request_, grpc::Status::OK, this);
  }

 private:
  Echo::AsyncService* service_;
  ServerCompletionQueue* queue_;
  grpc::ServerContext context_;
  Cell request_;
  grpc::ServerAsyncResponseWriter<Cell> responder_;
  bool answered_ = false;
};

// waiting → (reading → writing)* → ending → gone
class StreamCall final : public Call {
 public:
  StreamCall(Echo::AsyncService* service, ServerCompletionQueue* queue)
      : service_(service), queue_(queue), stream_(&context_) {
    service_->RequestStream(&context_, &stream_, queue_, queue_, this);
  }

  void proceed(bool ok) override {
    switch (step_) {
      case Step::waiting:
        if (!ok) break;
        new StreamCall(service_, queue_);
        return read();
      case Step::reading:
        if (!ok) {
          step_ = Step::ending;
          return stream_.Finish(grpc::Status::OK, this);
        }
        step_ = Step::writing;
        return stream_.Write(cell_, this);
      case Step::writing:
        if (!ok) break;
        return read();
      case Step::ending:
        break;
    }
    delete this;
  }

 private:
  enum class Step { waiting, reading, writing, ending };

  void read() {
    step_ = Step::reading;
    stream_.Read(&cell_, this);
  }

  Echo::AsyncService* service_;
  ServerCompletionQueue* queue_;
  grpc::ServerContext context_;
  Cell cell_;
  grpc::ServerAsyncReaderWriter<Cell, Cell> stream_;
  Step step_ = Step::waiting;
};

std::shared_ptr<grpc::ServerCredentials> credentials(const Identity& identity) {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = identity.roots;
  options.pem_key_cert_pairs.push_back({identity.key, identity.chain});
  return grpc::SslServerCredentials(options);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 64;
  grpc::ServerBuilder builder;
  Echo::AsyncService service;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", credentials(Identity(arguments[1])), &port);
  builder.RegisterService(&service);
  auto queue = builder.AddCompletionQueue();
  auto server = builder.BuildAndStart();
  if (!server) return 69;
  std::thread loop([&] {
    for (int number = 0; number < 128; number++) new UnaryCall(&service, queue.get());
    new StreamCall(&service, queue.get());
    void* tag;
    bool ok;
    while (queue->Next(&tag, &ok)) static_cast<Call*>(tag)->proceed(ok);
  });
  std::cout << port << std::endl;
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {}
  server->Shutdown(std::chrono::system_clock::now());
  queue->Shutdown();
  loop.join();
}

// client FOLDER PORT MODE BYTES SECONDS: exchanges over mTLS with the identity in FOLDER. MODE is `unary` (one after the other), `stream`
// (ping-pong on one stream) or `flight` (64 unary at once). Prints exchanges a second, p50 and p99 in microseconds.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

#include "echo.grpc.pb.h"
#include "files.h"

namespace {

using bench::Cell;
using bench::Echo;
using Clock = std::chrono::steady_clock;

struct Outcome {
  std::vector<double> latencies;
  double elapsed;
};

double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

void check(bool holds) {
  if (!holds) throw std::runtime_error("an exchange failed");
}

Outcome repeated(double seconds, const std::function<void()>& exchange) {
  for (int number = 0; number < 100; number++) exchange();
  Outcome outcome;
  auto start = Clock::now();
  while ((outcome.elapsed = since(start)) < seconds) {
    auto begin = Clock::now();
    exchange();
    outcome.latencies.push_back(since(begin));
  }
  return outcome;
}

Outcome unary(Echo::Stub& stub, const Cell& cell, double seconds) {
  return repeated(seconds, [&] {
    grpc::ClientContext context;
    Cell answer;
    check(stub.Unary(&context, cell, &answer).ok() && answer.data().size() == cell.data().size());
  });
}

Outcome pingPong(Echo::Stub& stub, const Cell& cell, double seconds) {
  grpc::ClientContext context;
  auto stream = stub.Stream(&context);
  Cell answer;
  auto outcome = repeated(seconds, [&] {
    check(stream->Write(cell) && stream->Read(&answer) && answer.data().size() == cell.data().size());
  });
  stream->WritesDone();
  check(stream->Finish().ok());
  return outcome;
}

// A call of which another takes the place when it is answered.
struct Flight {
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Cell>> reader;
  Cell answer;
  grpc::Status status;
  Clock::time_point begin;
};

Outcome inFlight(Echo::Stub& stub, const Cell& cell, double seconds, int count) {
  grpc::CompletionQueue queue;
  std::vector<Flight> flights(count);
  auto send = [&](Flight& flight) {
    flight.context = std::make_unique<grpc::ClientContext>();
    flight.begin = Clock::now();
    flight.reader = stub.AsyncUnary(flight.context.get(), cell, &queue);
    flight.reader->Finish(&flight.answer, &flight.status, &flight);
  };
  Outcome outcome;
  auto start = Clock::now();
  for (auto& flight : flights) send(flight);
  int open = count;
  while (open > 0) {
    void* tag;
    bool ok;
    check(queue.Next(&tag, &ok) && ok);
    auto& flight = *static_cast<Flight*>(tag);
    check(flight.status.ok() && flight.answer.data().size() == cell.data().size());
    outcome.latencies.push_back(since(flight.begin));
    if (since(start) < seconds) {
      send(flight);
    } else {
      open--;
    }
  }
  outcome.elapsed = since(start);
  return outcome;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) return 64;
  Identity identity(arguments[1]);
  grpc::SslCredentialsOptions options{identity.roots, identity.key, identity.chain};
  auto stub = Echo::NewStub(
      grpc::CreateChannel(std::string("127.0.0.1:") + arguments[2], grpc::SslCredentials(options)));
  std::string mode = arguments[3];
  Cell cell;
  // Serialised, the cell has the size asked for: a tag and two bytes of length come before.
  cell.set_data(std::string(std::stoul(arguments[4]) - 3, 'x'));
  double seconds = std::stod(arguments[5]);
  auto outcome = mode == "unary"    ? unary(*stub, cell, seconds)
                 : mode == "stream" ? pingPong(*stub, cell, seconds)
                                    : inFlight(*stub, cell, seconds, 64);
  auto& sorted = outcome.latencies;
  std::sort(sorted.begin(), sorted.end());
  auto at = [&](double share) { return 1e6 * sorted[static_cast<size_t>(share * (sorted.size() - 1))]; };
  std::printf("%f %f %f\n", sorted.size() / outcome.elapsed, at(0.5), at(0.99));
}

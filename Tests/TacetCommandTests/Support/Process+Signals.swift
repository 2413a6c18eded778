import Foundation

extension Process {
  /// Starts it so that it can be asked to stop: the threads of Swift's tasks block all signals, and a child inherits that.
  func runUnblocked() throws {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try run()
  }
}

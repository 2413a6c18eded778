import Dispatch
import Synchronization

/// Work on many values, on all cores.
enum Parallel {
  /// Fewer values than this are not worth the threads.
  private static let worthwhile = 16
  private static let stripe = 32

  /// The results in the order of the values; the first error by that order ends it.
  /// - Throws: what `body` throws.
  static func map<Value: Sendable, Result: Sendable>(
    _ values: [Value], _ body: @Sendable (Value) throws(IdentityError) -> Result
  ) throws(IdentityError) -> [Result] {
    guard values.count >= worthwhile else {
      var results: [Result] = []
      for value in values { results.append(try body(value)) }
      return results
    }
    let stripes = (values.count + stripe - 1) / stripe
    let done = Mutex<[Swift.Result<[Result], IdentityError>?]>(Array(repeating: nil, count: stripes))
    DispatchQueue.concurrentPerform(iterations: stripes) { index in
      let part = values[(index * stripe)..<min((index + 1) * stripe, values.count)]
      let outcome: Swift.Result<[Result], IdentityError>
      do throws(IdentityError) {
        var results: [Result] = []
        for value in part { results.append(try body(value)) }
        outcome = .success(results)
      } catch {
        outcome = .failure(error)
      }
      done.withLock { $0[index] = outcome }
    }
    var results: [Result] = []
    results.reserveCapacity(values.count)
    for outcome in done.withLock({ $0 }) {
      if let outcome { results += try outcome.get() }
    }
    return results
  }
}

import ArgumentParser

/// The taps of a filter as a flag has them: whole numbers separated by commas, in brackets or not, as `privacy filter` prints them.
struct FilterTaps: ExpressibleByArgument {
  let taps: [Int]

  init?(argument: String) {
    var list = Substring(argument)
    if list.hasPrefix("["), list.hasSuffix("]") { list = list.dropFirst().dropLast() }
    let words = list.split(separator: ",", omittingEmptySubsequences: false)
    taps = words.compactMap { Int($0.trimmingPrefix(while: \.isWhitespace)) }
    guard taps.count == words.count else { return nil }
  }
}

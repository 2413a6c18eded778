import ArgumentParser

/// A window of time on the command line: `45s`, `30m`, `24h`, `7d`.
struct LedgerWindow: ExpressibleByArgument {
  let duration: Duration

  init?(argument: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    guard let last = argument.last, let unit = units[last], argument.utf8.first != UInt8(ascii: "+"),
      let number = Int64(argument.dropLast()), number > 0
    else { return nil }
    let (seconds, overflow) = number.multipliedReportingOverflow(by: unit)
    guard !overflow, seconds <= 36525 * 86400 else { return nil }
    duration = .seconds(seconds)
  }
}

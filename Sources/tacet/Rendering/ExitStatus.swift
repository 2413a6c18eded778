import ArgumentParser
import Foundation

/// The documented exit statuses (sysexits where one fits).
enum ExitStatus: Int32 {
  /// Done, or the thing verified holds.
  case success = 0
  /// The thing verified does not hold, or a charge was denied.
  case doesNotHold = 1
  /// The command line is wrong.
  case usage = 64
  /// An input is malformed.
  case badInput = 65
  /// An input is missing.
  case missingInput = 66
  /// A service could not be reached, or a port is in use.
  case unavailable = 69
  /// Our own fault.
  case internalFault = 70
  /// Reading or writing failed.
  case inputOutput = 74
  /// Not permitted: a wrong passphrase, a refused peer, a folder that others may read.
  case notPermitted = 77
}

/// An error that knows its exit status; its description is one line that names what is wrong and what to do.
protocol ReportedError: Error, CustomStringConvertible {
  /// The documented status the process ends with.
  var exitStatus: ExitStatus { get }
}

/// Options that do not go together, or a value out of range, found after the command line was parsed.
struct UsageError: ReportedError {
  let description: String
  let exitStatus = ExitStatus.usage

  init(_ description: String) { self.description = description }
}

/// Ends a command whose finding is negative ("does not hold"); the finding itself is already on standard output.
struct DoesNotHold: Error {}

extension ExitStatus {
  /// Prints `error` as one line on standard error and ends the process with its status.
  static func end(with error: any Error) -> Never {
    switch error {
    case is DoesNotHold:
      Foundation.exit(doesNotHold.rawValue)
    case let reported as any ReportedError:
      Diagnostics.error(reported.description)
      Foundation.exit(reported.exitStatus.rawValue)
    case let failure as CocoaError where failure.systemReason != nil:
      Diagnostics.error(failure.systemReason ?? "")
      Foundation.exit(inputOutput.rawValue)
    case is CancellationError:
      Foundation.exit(130)
    default:
      Tacet.endAsParser(error)
    }
  }
}

extension CocoaError {
  /// What the system said when a file could not be read or written, after the file's name where there is one.
  fileprivate var systemReason: String? {
    let system = userInfo[NSUnderlyingErrorKey] as? NSError
    guard let system, system.domain == NSPOSIXErrorDomain else { return nil }
    return "\(filePath ?? "output"): \(String(cString: strerror(Int32(system.code))))"
  }
}

extension Tacet {
  /// Errors of the argument parser (help included) end as the parser wants; any other is a fault of ours.
  fileprivate static func endAsParser(_ error: any Error) -> Never {
    let code = exitCode(for: error)
    if code == .success || code == .validationFailure || error is ExitCode || error is CleanExit {
      exit(withError: error)
    }
    Diagnostics.error("internal error: \(error)")
    Foundation.exit(ExitStatus.internalFault.rawValue)
  }
}

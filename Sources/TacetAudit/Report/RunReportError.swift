/// Why data is not a run report, or a run report cannot be written.
public enum RunReportError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Not a run report; where in the document, and what is wrong there.
  case notAReport(String)
  /// A report of a schema this build does not read.
  case unsupportedSchema(Int)
  /// `holds` says otherwise than the claims.
  case verdictDisagrees

  /// A figure that must exist is infinite or NaN; its field.
  case notFinite(String)

  /// One line: what is wrong and what to do.
  public var description: String {
    switch self {
    case .notAReport(let place): "not a run report (\(place)); give the report.json that tacet demo wrote"
    case .unsupportedSchema(let found):
      "report schema \(found) is not readable here (this build reads \(RunReport.currentSchema)); use a matching tacet"
    case .notFinite(let field): "field \(field) of the run report is not a finite number; correct the run's figures"
    case .verdictDisagrees: "field holds disagrees with the claims: the report was altered; make it anew"
    }
  }
}

import Foundation
public import TacetAudit
import TacetMesh

/// The main job, end to end: a city's traffic forecast by a private inference mesh of processes on one machine.
public enum Demo {
  /// Plays the demo and writes `report.json` and `report.html` into the folder that `options` name.
  ///
  /// - Parameter progress: gets the number of steps whose time has come.
  /// - Returns: the report; whether its claims hold is in it.
  /// - Throws: ``DemoError`` when it cannot be played; the typed errors of what it loads, and of where the report goes.
  public static func play(
    _ options: DemoOptions, progress: @escaping @Sendable (Int) -> Void
  ) async throws -> RunReport {
    let out = try ReportFolder(options.out)
    let stage = try Stage.set(options)
    defer { stage.strike() }
    let record = try await Performance(stage: stage).play(progress: progress)
    let evidence = try Evidence.gather(stage, record)
    let report = try await ReportBuilder(evidence).report()
    try out.write(json: report.json(), html: report.html())
    return report
  }
}

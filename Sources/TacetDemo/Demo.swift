import Foundation
public import TacetAudit
import TacetMesh

/// The main job, end to end: a city's traffic forecast by a private inference mesh of processes on one machine.
public enum Demo {
  /// Plays the demo and writes `report.json` and `report.html` into the folder that `options` name.
  ///
  /// - Parameter progress: gets the number of steps whose time has come.
  /// - Returns: the report; whether its claims hold is in it.
  /// - Throws: ``DemoError`` when it cannot be played; the typed errors of what it loads.
  public static func play(
    _ options: DemoOptions, progress: @escaping @Sendable (Int) -> Void
  ) async throws -> RunReport {
    let out = try OutputFolder.prepare(options.out)
    let stage = try Stage.set(options)
    defer { stage.strike() }
    let record = try await Performance(stage: stage).play(progress: progress)
    let evidence = try Evidence.gather(stage, record)
    let report = try ReportBuilder(evidence).report()
    try report.json().write(to: out.appendingPathComponent("report.json"), options: .atomic)
    try Data(report.html().utf8).write(to: out.appendingPathComponent("report.html"), options: .atomic)
    return report
  }
}

/// Where the report goes: known to be writable before two minutes are spent on it.
private enum OutputFolder {
  static func prepare(_ folder: URL) throws(DemoError) -> URL {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw DemoError(.inputOutput, "cannot create the folder \(folder.path) for the report: name another with --out")
    }
    guard FileManager.default.isWritableFile(atPath: folder.path) else {
      throw DemoError(.inputOutput, "the folder \(folder.path) is read-only: name another with --out")
    }
    return folder
  }
}

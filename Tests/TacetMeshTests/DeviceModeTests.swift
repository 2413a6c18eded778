import Foundation
import Testing

@testable import TacetMesh

@Suite struct DeviceModeTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-mode-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  @Test func anOrderSurvivesARestartAndARestoreToo() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let mode = try DeviceMode(in: folder)
    #expect(await mode.fallback == nil)
    try await mode.fallBack(reason: "lens")
    let again = try DeviceMode(in: folder)
    #expect(await again.fallback?.reason == "lens")
    try await again.restore()
    #expect(await (try DeviceMode(in: folder)).fallback == nil)
  }

  @Test func anOrderThatCannotBeReadIsNotForgotten() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("{".utf8).write(to: folder.appending(path: "fallback.json"))
    #expect(throws: MeshError.self) { try DeviceMode(in: folder) }
  }
}

import Foundation
import TacetDocument
import TacetIdentity
import Testing

@testable import TacetPolicy

/// The policy's list `workloads`.
@Suite struct WorkloadTests {
  private func load(_ workloads: String) throws -> WorkloadGrants {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Policies/strict.yaml").standardized
    let copy = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: copy) }
    let text = try String(contentsOf: file, encoding: .utf8)
    try "\(text)\n\(workloads)\n".write(to: copy, atomically: true, encoding: .utf8)
    return try Policy.load(from: copy).workloads
  }

  @Test func nobodyHasAnythingUnlessItIsSaid() throws {
    let grants = try load("")
    #expect(grants.isEmpty)
    #expect(grants[0].isEmpty)
  }

  @Test func usersAndTheirIdentitiesInOrder() throws {
    let grants = try load(
      """
      workloads:
        - {uid: 1001, ids: [camera/site-1, controller/site-1], hints: {controller/site-1: orders}}
        - {uid: 0, ids: [camera/site-1]}
      """)
    #expect(grants.uids == [0, 1001])
    #expect(
      grants[1001].map(\.id.description) == [
        "spiffe://city.example/camera/site-1", "spiffe://city.example/controller/site-1",
      ])
    #expect(grants[1001].map(\.hint) == ["", "orders"])
    #expect(grants[0].map(\.id.path) == ["camera/site-1"])
    #expect(grants[1002].isEmpty)
  }

  @Test(arguments: [
    "workloads: {uid: 1}", "workloads: [1001]", "workloads: [{uid: 1001}]", "workloads: [{ids: [camera/a]}]",
    "workloads: [{uid: 1001, ids: []}]", "workloads: [{uid: -1, ids: [camera/a]}]",
    "workloads: [{uid: root, ids: [camera/a]}]", "workloads: [{uid: 4294967295, ids: [camera/a]}]",
    "workloads: [{uid: 65534, ids: [camera/a]}]", "workloads: [{uid: 1001, ids: [camera]}]",
    "workloads: [{uid: 1001, ids: [camera/a/b]}]",
    "workloads: [{uid: 1001, ids: [\"spiffe://city.example/camera/a\"]}]",
    "workloads: [{uid: 1001, ids: [camera/a, camera/a]}]",
    "workloads: [{uid: 1001, ids: [camera/a]}, {uid: 1001, ids: [camera/b]}]",
    "workloads: [{uid: 1001, ids: [camera/a], hint: x}]",
    "workloads: [{uid: 1001, ids: [camera/a], hints: {camera/b: x}}]",
    "workloads: [{uid: 1001, ids: [camera/a, camera/b], hints: {camera/a: x, camera/b: x}}]",
    "workload: [{uid: 1001, ids: [camera/a]}]",
  ])
  func refuses(_ workloads: String) {
    #expect(throws: DocumentError.self) { try load(workloads) }
  }
}

import TacetMesh

/// Which nodes have opened their doors so far, and where.
actor Readiness {
  private var nodes: [String: Node.Ready] = [:]

  func report(_ node: Node.Ready) {
    nodes[node.name] = node
  }

  /// The named nodes, once all of them are up.
  /// - Throws: `CancellationError` when the demo is over before that.
  func wait(for names: [String]) async throws -> [String: Node.Ready] {
    while !names.allSatisfy({ nodes[$0] != nil }) {
      try await Task.sleep(for: .milliseconds(20))
    }
    return nodes.filter { names.contains($0.key) }
  }
}

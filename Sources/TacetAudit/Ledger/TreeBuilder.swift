import Dispatch
import Synchronization
import TacetLog
import TacetPrivacy

/// Hashes the leaves of a log on a thread of its own, while their reader goes on with what they say.
final class TreeBuilder: Sendable {
  private struct State {
    var tree = MerkleTree()
    var kept: KeptCheckpoints
  }

  private let state: Mutex<State>
  private let thread = DispatchQueue(label: "tacet.audit.hashes")
  /// How many bundles may wait: the memory that they take is bounded.
  private let room = DispatchSemaphore(value: 8)

  /// - Parameter kept: compared whenever the tree has grown to the size of one.
  init(kept: KeptCheckpoints) {
    state = Mutex(State(kept: kept))
  }

  /// Takes the next leaves, a line each; waits while too many are on their way.
  func append(_ bundle: [UInt8]) {
    room.wait()
    thread.async { [self] in
      state.withLock { state in
        LeafBundle.forEachLeaf(of: bundle) { leaf in
          state.tree.append(leaf)
          state.kept.compare(with: state.tree)
        }
      }
      room.signal()
    }
  }

  /// The tree of all leaves, and what became of the kept checkpoints, once all are hashed.
  func finish() -> (tree: MerkleTree, kept: KeptCheckpoints) {
    thread.sync { state.withLock { ($0.tree, $0.kept) } }
  }
}

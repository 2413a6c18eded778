import Foundation
import Synchronization
import TacetIdentity
import TacetMesh
import TacetWire

/// Answers with what it was sent, and remembers who asked.
final class TestDoor: Door {
  private let seen = Mutex<(peers: [PeerIdentity], requests: [Message], now: Int, most: Int)>(([], [], 0, 0))
  private let delay: Duration

  private let slow: Set<Message.Kind>

  /// - Parameter slow: what is answered only after the delay.
  init(delay: Duration = .zero, of slow: Set<Message.Kind> = Set(Message.Kind.allCases)) {
    self.delay = delay
    self.slow = slow
  }

  var peers: [PeerIdentity] { seen.withLock { $0.peers } }
  var requests: [Message] { seen.withLock { $0.requests } }
  /// The most requests that were inside at once.
  var most: Int { seen.withLock { $0.most } }

  func exchange(_ request: Message, from peer: PeerIdentity) async -> Reply {
    seen.withLock {
      $0.peers.append(peer)
      $0.requests.append(request)
      $0.now += 1
      $0.most = max($0.most, $0.now)
    }
    if delay > .zero, slow.contains(request.kind) { try? await Task.sleep(for: delay) }
    seen.withLock { $0.now -= 1 }
    if request.kind == .fallback { return Reply(request.answer(.refused, detail: "not permitted")) }
    return Reply(request.answer(.ok, detail: request.detail, payload: request.payload))
  }
}

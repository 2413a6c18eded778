/// Why the Workload API cannot be served, or does not serve.
package enum WorkloadAPIError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The path of the socket has no room in a socket's address.
  case pathTooLong(path: String, limit: Int)
  /// Another process listens there.
  case socketInUse(path: String)
  /// There is something else than a socket.
  case notASocket(path: String)
  /// Others may put a socket of theirs in its place.
  case folderWritableByOthers(path: String)
  /// It cannot be listened there.
  case cannotListen(path: String, reason: String)
  /// It has nothing for the user who asked.
  case noIdentity(path: String)
  /// Nobody answers there.
  case noAnswer(path: String)
  /// What it answers does not hold.
  case badAnswer(path: String, reason: String)

  /// One line: what is wrong, where, what to do.
  package var description: String {
    switch self {
    case .pathTooLong(let path, let limit):
      "the socket's path \(path) is longer than \(limit) bytes: choose a shorter one"
    case .socketInUse(let path):
      "another process listens on \(path): stop it or choose another path"
    case .notASocket(let path):
      "\(path) is there and is no socket: remove it or choose another path"
    case .folderWritableByOthers(let path):
      "other users may write to \(path), and put a socket of theirs in place of this node's: make it a folder of this "
        + "node's user with mode 0755"
    case .cannotListen(let path, let reason):
      "cannot listen on \(path): \(reason)"
    case .noIdentity(let path):
      "the node on \(path) has no identity for this user: see workloads in its policy"
    case .noAnswer(let path):
      "nobody answers on \(path): start the node, or see workload_api in its file"
    case .badAnswer(let path, let reason):
      "what was answered on \(path) does not hold: \(reason)"
    }
  }
}

import Foundation

/// How many files, and so connections, this process may have open.
enum OpenFiles {
  /// For everything that is no connection of a peer: ledger, journal, listeners, links of its own.
  private static let others = 128

  /// The limit in force; nil where the system sets none.
  static var limit: Int? {
    var limit = rlimit()
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < UInt64(Int32.max) else { return nil }
    return Int(limit.rlim_cur)
  }

  /// Checks that both doors of a node can have so many connections each.
  /// - Throws: ``MeshError`` with what the limit must be.
  static func check(connections: Int, limit: Int? = limit) throws(MeshError) {
    let needed = 2 * connections + others
    guard let limit, limit < needed else { return }
    throw .badInput(
      "listen.connections is \(connections), for which this process needs \(needed) open files and may have \(limit): "
        + "lower it, or raise the limit (`ulimit -n \(needed)`, LimitNOFILE= of a systemd unit)")
  }
}

import Foundation

@testable import TacetPrivacy

/// A throw-away PostgreSQL server for this run of the tests: a real one, durable as in earnest, reached by a socket in its
/// own folder. It is stopped and removed when the process ends.
struct PostgresCluster {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let folder: URL

  /// Where the server's programs are; nil when none is installed.
  static let programs: URL? = {
    let roots = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
    let candidates = roots.flatMap { root in
      ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted().map { "\(root)/\($0)/bin" }
    }
    return candidates.last { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }.map {
      URL(fileURLWithPath: $0)
    }
  }()

  /// Started by the first test that needs it.
  static let shared: Result<PostgresCluster, any Error> = Result {
    let cluster = PostgresCluster(
      folder: FileManager.default.temporaryDirectory.appendingPathComponent("tpg-\(UInt32.random(in: 0 ... .max))"))
    try cluster.make()
    try cluster.start()
    atexit {
      guard let cluster = try? PostgresCluster.shared.get() else { return }
      try? cluster.stop()
      try? FileManager.default.removeItem(at: cluster.folder)
    }
    return cluster
  }

  /// An address with an empty schema of its own.
  func freshAddress() throws -> PostgresAddress {
    let schema = "t_\(UInt64.random(in: 0 ... .max))"
    try PostgresConnection(address(schema: "public")).run("CREATE SCHEMA \(schema)")
    return try address(schema: schema)
  }

  /// The address of a schema, by the socket in a folder.
  func address(schema: String, socket: URL? = nil) throws(LedgerError) -> PostgresAddress {
    let host = (socket ?? folder).path
    return try PostgresAddress(
      "postgres://mesh@/postgres?host=\(host)&port=5499&application_name=\(schema)&options=-csearch_path%3D\(schema)")
  }

  func start() throws {
    try run(
      "pg_ctl", "-D", folder.path + "/data", "-w", "-l", folder.path + "/log", "-o",
      "-p 5499 -k \(folder.path) -c listen_addresses=", "start")
  }

  func stop() throws {
    try run("pg_ctl", "-D", folder.path + "/data", "-m", "immediate", "stop")
  }

  private func make() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    if getuid() == 0, let owner = getpwnam("postgres") {
      chown(folder.path, owner.pointee.pw_uid, owner.pointee.pw_gid)
    }
    try run(
      "initdb", "-D", folder.path + "/data", "-A", "trust", "-U", "mesh", "--no-instructions", "-E", "UTF8",
      "--locale=C")
  }

  /// The server refuses to run as root: then its programs run as the user that its package made.
  private func run(_ program: String, _ arguments: String...) throws {
    guard let programs = Self.programs else { throw Failure(description: "no PostgreSQL server is installed") }
    let path = programs.appendingPathComponent(program).path
    let words = (getuid() == 0 ? ["/usr/sbin/runuser", "-u", "postgres", "--", path] : [path]) + arguments
    // Not Foundation's Process: that waits until a pipe is closed, which the server inherits and keeps open.
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in Int32(0)...2 { posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0) }
    var copies = words.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    var (pid, status): (pid_t, Int32) = (0, 0)
    guard posix_spawn(&pid, words[0], &actions, nil, &copies, [nil]) == 0, waitpid(pid, &status, 0) == pid else {
      throw Failure(description: "\(program) could not be run")
    }
    guard status == 0 else {
      throw Failure(description: "\(program) ended with \(status); see \(folder.path)/log")
    }
  }
}

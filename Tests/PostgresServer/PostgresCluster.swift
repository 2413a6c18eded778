public import Foundation

/// A throw-away PostgreSQL server: a real one, durable as in earnest, reached by a socket in its own folder. It is stopped
/// and removed with this object.
public final class PostgresCluster: Sendable {
  /// What the server's programs did not do.
  public struct Failure: Error, CustomStringConvertible {
    /// One line for a person.
    public let description: String

    /// With a line for a person.
    public init(description: String) { self.description = description }
  }

  /// The role that must give a password, by its name; any other need not.
  public static let lockedRole = "locked"

  private static let port = 5499

  /// Where all of it is.
  public let folder: URL

  /// Where the server's programs are; nil when none is installed.
  public static let programs: URL? = {
    let roots = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
    let candidates = roots.flatMap { root in
      ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted().map { "\(root)/\($0)/bin" }
    }
    return candidates.last { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }.map {
      URL(fileURLWithPath: $0)
    }
  }()

  /// Started by the first test that needs it, and ended with the process.
  public static let shared: Result<PostgresCluster, any Error> = Result {
    let cluster = try PostgresCluster()
    atexit { try? PostgresCluster.shared.get().remove() }
    return cluster
  }

  /// Makes a server and starts it.
  public init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tpg-\(UInt32.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    if getuid() == 0, let owner = getpwnam("postgres") {
      chown(folder.path, owner.pointee.pw_uid, owner.pointee.pw_gid)
    }
    try run(
      "initdb", "-D", folder.path + "/data", "-A", "trust", "-U", "mesh", "--no-instructions", "-E", "UTF8",
      "--locale=C")
    let rules = folder.appendingPathComponent("data/pg_hba.conf")
    let opened = try FileHandle(forUpdating: rules)
    let rest = try opened.readToEnd() ?? Data()
    try opened.seek(toOffset: 0)
    try opened.write(contentsOf: Data("local all \(Self.lockedRole) scram-sha-256\n".utf8) + rest)
    try opened.close()
    try start()
  }

  deinit { remove() }

  private func remove() {
    try? stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// The address of a fresh and empty schema.
  public func freshAddress() throws -> String {
    let schema = "t_\(UInt64.random(in: 0 ... .max))"
    try query("CREATE SCHEMA \(schema)")
    return address(schema: schema)
  }

  /// The address of a schema, by the socket in a folder.
  public func address(schema: String, socket: URL? = nil) -> String {
    let host = (socket ?? folder).path
    return "postgres://mesh@/postgres?host=\(host)&port=\(Self.port)&application_name=\(schema)"
      + "&options=-csearch_path%3D\(schema)"
  }

  /// The server's own socket.
  public var socket: String { folder.path + "/" + Self.socketName }

  /// What its socket is called, in whichever folder.
  public static let socketName = ".s.PGSQL.\(port)"

  /// Runs SQL by the server's own client, as its superuser.
  public func query(_ statements: String) throws {
    try run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statements, address(schema: "public"))
  }

  /// Starts the server; settings may be given as `name=value`.
  public func start(_ settings: String...) throws {
    try run(
      "pg_ctl", "-D", folder.path + "/data", "-w", "-l", folder.path + "/log", "-o",
      (["-p \(Self.port)", "-k \(folder.path)", "-c listen_addresses="] + settings.map { "-c \($0)" }).joined(
        separator: " "),
      "start")
  }

  /// Ends the server as a crash would.
  public func stop() throws {
    try run("pg_ctl", "-D", folder.path + "/data", "-m", "immediate", "stop")
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

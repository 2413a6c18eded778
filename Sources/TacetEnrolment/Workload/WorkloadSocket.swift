internal import Foundation

/// The socket file of the Workload API: made with its mode before anybody can connect, removed at the end.
struct WorkloadSocket: Sendable {
  /// Where it is.
  let path: String
  /// The listening socket, non-blocking; whoever takes it closes it.
  let descriptor: CInt
  private let file: FileNumber

  /// Which file it is, so that no other is removed in its place; with the time of its making, since numbers are used again.
  private struct FileNumber: Hashable {
    let device: UInt64
    let inode: UInt64
    let seconds: Int
    let nanoseconds: Int
  }

  /// Long: one that is full turns away everyone, whoever filled it.
  static let backlog: CInt = 4096

  /// Makes the socket and listens; a socket file on which nobody listens any more is replaced.
  /// - Parameter mode: of the file; who may not write to it cannot connect.
  /// - Throws: ``WorkloadAPIError``.
  static func listen(at path: String, mode: mode_t) throws(WorkloadAPIError) -> WorkloadSocket {
    var address = try address(path)
    try prepareFolder(of: path)
    try removeStale(path, &address)
    let descriptor = try socket(path)
    do throws(WorkloadAPIError) {
      guard address.withPointer({ bind(descriptor, $0, $1) }) == 0 else {
        if errno == EADDRINUSE { throw .socketInUse(path: path) }
        throw .cannotListen(path: path, reason: systemReason())
      }
      guard chmod(path, mode) == 0, let file = fileNumber(path), Foundation.listen(descriptor, backlog) == 0 else {
        let reason = systemReason()
        unlink(path)
        throw .cannotListen(path: path, reason: reason)
      }
      return WorkloadSocket(path: path, descriptor: descriptor, file: file)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Removes the file, unless another has taken its place.
  func remove() {
    if Self.fileNumber(path) == file { unlink(path) }
  }

  // MARK: Before

  /// The folder must be one in which nobody else can exchange the socket; it is made where it is missing.
  private static func prepareFolder(of path: String) throws(WorkloadAPIError) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if mkdir(folder, 0o755) != 0, errno != EEXIST {
      throw .cannotListen(path: path, reason: "the folder \(folder) cannot be made: \(systemReason())")
    }
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .cannotListen(path: path, reason: "\(folder) is no folder")
    }
    guard isSafe(status) else { throw .folderWritableByOthers(path: folder) }
    try checkParents(of: folder, path)
  }

  /// Whoever may write to a folder above may put another in the place of the socket's.
  private static func checkParents(of folder: String, _ path: String) throws(WorkloadAPIError) {
    guard let real = realpath(folder, nil) else { throw .cannotListen(path: path, reason: systemReason()) }
    defer { free(real) }
    var parent = URL(fileURLWithPath: String(cString: real), isDirectory: true)
    while parent.path != "/" {
      parent.deleteLastPathComponent()
      var status = stat()
      guard stat(parent.path, &status) == 0 else { throw .cannotListen(path: path, reason: systemReason()) }
      guard isSafe(status) else { throw .folderWritableByOthers(path: parent.path) }
    }
  }

  /// Whether nobody else can exchange what is in a folder.
  private static func isSafe(_ folder: stat) -> Bool {
    let others = mode_t(S_IWGRP | S_IWOTH)
    let isShared = folder.st_mode & others != 0 && folder.st_mode & mode_t(S_ISVTX) == 0
    return !isShared && (folder.st_uid == geteuid() || folder.st_uid == 0)
  }

  private static func removeStale(_ path: String, _ address: inout SocketAddress) throws(WorkloadAPIError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
    let descriptor = try socket(path)
    defer { close(descriptor) }
    // Not blocking: one whose queue is full says EAGAIN, and is in use as well.
    let isRefused = address.withPointer { connect(descriptor, $0, $1) } != 0 && errno == ECONNREFUSED
    guard isRefused else { throw .socketInUse(path: path) }
    guard unlink(path) == 0 else {
      throw .cannotListen(path: path, reason: "the socket that was left there cannot be removed: \(systemReason())")
    }
  }

  // MARK: Support

  private static func socket(_ path: String) throws(WorkloadAPIError) -> CInt {
    #if os(Linux)
      let kind = CInt(SOCK_STREAM.rawValue)
    #else
      let kind = SOCK_STREAM
    #endif
    let descriptor = Foundation.socket(AF_UNIX, kind, 0)
    guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0
    else {
      throw .cannotListen(path: path, reason: systemReason())
    }
    return descriptor
  }

  private static func fileNumber(_ path: String) -> FileNumber? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    #if os(Linux)
      let time = status.st_ctim
    #else
      let time = status.st_ctimespec
    #endif
    return FileNumber(
      device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino), seconds: time.tv_sec,
      nanoseconds: time.tv_nsec)
  }

  private static func systemReason() -> String { String(cString: strerror(errno)) }

  /// `sockaddr_un`, as the system calls take it.
  private struct SocketAddress {
    var value: sockaddr_un

    mutating func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
      withUnsafePointer(to: &value) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
      }
    }
  }

  private static func address(_ path: String) throws(WorkloadAPIError) -> SocketAddress {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
    guard path.utf8.count <= limit else { throw .pathTooLong(path: path, limit: limit) }
    guard !path.isEmpty, !path.utf8.contains(0) else { throw .cannotListen(path: path, reason: "it is no path") }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return SocketAddress(value: address)
  }
}

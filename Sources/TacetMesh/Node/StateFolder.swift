import Foundation

/// The folder in which a node keeps what must survive it: 0700, its own.
enum StateFolder {
  /// Creates the folder, or checks that it is writable and nobody else's business.
  static func prepare(_ folder: URL) throws(MeshError) {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: folder.path) else {
      guard mkdir(folder.path, 0o700) == 0 else {
        throw .inputOutput("cannot create the state folder \(folder.path): \(String(cString: strerror(errno)))")
      }
      return
    }
    guard attributes[.type] as? FileAttributeType == .typeDirectory else {
      throw .badInput("the state folder \(folder.path) is not a folder: name another one")
    }
    guard let mode = attributes[.posixPermissions] as? Int, mode & 0o077 == 0 else {
      throw .notPermitted("the state folder \(folder.path) is open to others: chmod 700 it")
    }
    guard access(folder.path, W_OK | X_OK) == 0 else {
      throw .inputOutput("the state folder \(folder.path) is read-only: make it writable, or name another one")
    }
  }
}

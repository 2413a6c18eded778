import COnnxRuntime
import Foundation

/// ONNX Runtime's shared library, found and opened at run time, once per process.
enum OnnxRuntimeLibrary {
  /// Opens the library unless it is open.
  ///
  /// Searched in this order: the file that `$TACET_ONNXRUNTIME` names, and no other if it is set; `.tools/onnxruntime`
  /// in the folders above the executable, then above the working directory; the system's library path. A file found in
  /// a folder is passed over when somebody else than root or the user of this process could have put it there.
  /// - Throws: ``InferenceError`` of kind unavailable, with the command that installs it.
  static func open() throws(InferenceError) {
    if let path = ProcessInfo.processInfo.environment["TACET_ONNXRUNTIME"], !path.isEmpty {
      if let failure = failureOfOpening(path) {
        throw InferenceError(.unavailable, "$TACET_ONNXRUNTIME: \(path) cannot be opened: \(failure)")
      }
      return
    }
    var failure: String?
    for path in installed() + systemNames {
      failure = failureOfOpening(path)
      if failure == nil { return }
    }
    throw InferenceError(
      .unavailable,
      "ONNX Runtime is not installed: run Scripts/bootstrap, or name the library in $TACET_ONNXRUNTIME (\(failure ?? ""))"
    )
  }

  private static func failureOfOpening(_ path: String) -> String? {
    CMessage.failure { connx_open(path, $0) }
  }

  /// The libraries in `.tools/onnxruntime` of the folders above, nearest first.
  private static func installed() -> [String] {
    let executable = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    let working = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
    return [executable, working].compactMap(\.self).flatMap(ancestors).flatMap { folder in
      let tools = folder.appendingPathComponent(".tools/onnxruntime", isDirectory: true)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: tools.path)) ?? []
      return names.filter(isLibrary).sorted(by: >).map { tools.appendingPathComponent($0) }
        .filter { isTrusted(tools) && isTrusted($0) }.map(\.path)
    }
  }

  private static func ancestors(of folder: URL) -> [URL] {
    var folders: [URL] = []
    var current = folder.standardizedFileURL
    while folders.count < 64 {
      folders.append(current)
      let parent = current.deletingLastPathComponent().standardizedFileURL
      if parent.path == current.path || current.path == "/" { break }
      current = parent
    }
    return folders
  }

  private static func isLibrary(_ name: String) -> Bool {
    name.hasPrefix("libonnxruntime.") && (name.hasSuffix(".dylib") || name.contains(".so"))
  }

  /// Whether only root and the user of this process can write the file or folder.
  private static func isTrusted(_ file: URL) -> Bool {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path),
      let owner = attributes[.ownerAccountID] as? NSNumber,
      let permissions = attributes[.posixPermissions] as? NSNumber
    else { return false }
    return (owner.uint32Value == 0 || owner.uint32Value == geteuid()) && permissions.uint16Value & 0o002 == 0
  }

  #if canImport(Darwin)
    private static let systemNames = ["libonnxruntime.dylib", "/opt/homebrew/lib/libonnxruntime.dylib"]
  #else
    private static let systemNames = ["libonnxruntime.so.1", "libonnxruntime.so"]
  #endif
}

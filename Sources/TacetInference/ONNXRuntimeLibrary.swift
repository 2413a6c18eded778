import COnnxRuntime
import Foundation

/// ONNX Runtime's shared library: found and opened once, at run time.
///
/// Looked for in `$TACET_ONNXRUNTIME` (a file), in `.tools/onnxruntime` of a folder above the command or the working
/// directory (where `Scripts/bootstrap` puts it) unless others may write there, then wherever the system's loader looks.
enum ONNXRuntimeLibrary {
  /// Opens the library; later calls return at once.
  /// - Throws: ``InferenceError`` naming the command that installs it.
  static func open() throws(InferenceError) {
    if let named = ProcessInfo.processInfo.environment["TACET_ONNXRUNTIME"] {
      if let failure = open(named) {
        throw InferenceError(.runtime, "TACET_ONNXRUNTIME names \(named), which cannot be opened: \(failure)")
      }
      return
    }
    var refusal: String?
    for candidate in installed() {
      guard let failure = open(candidate) else { return }
      refusal = refusal ?? "\(candidate) cannot be opened: \(failure): remove it and run Scripts/bootstrap"
    }
    for candidate in system where open(candidate) == nil { return }
    if let refusal { throw InferenceError(.runtime, refusal) }
    throw InferenceError(
      .runtime, "ONNX Runtime is not installed: run Scripts/bootstrap, or set TACET_ONNXRUNTIME to its shared library")
  }

  /// Opens one file; returns why it cannot be.
  private static func open(_ path: String) -> String? {
    withMessage { connx_open(path, $0) }
  }

  private static func installed() -> [String] {
    var folders: [URL] = []
    for start in [Bundle.main.bundleURL, URL(fileURLWithPath: FileManager.default.currentDirectoryPath)] {
      var folder = start.resolvingSymlinksInPath()
      while folder.path != "/" {
        folders.append(folder.appendingPathComponent(".tools/onnxruntime", isDirectory: true))
        folder.deleteLastPathComponent()
      }
    }
    return folders.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasPrefix("libonnxruntime.") }.sorted().reversed()
        .map { folder.appendingPathComponent($0).path }
        .filter { isTrusted(folder.path) && isTrusted($0) }
    }
  }

  /// Whether nobody but root and the user of this process can have written a file or folder: what lies above a working
  /// directory is not always one's own, and a library that is opened runs with this process's keys.
  static func isTrusted(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return (status.st_uid == 0 || status.st_uid == geteuid()) && status.st_mode & S_IWOTH == 0
  }

  #if os(macOS)
    private static let system = ["libonnxruntime.dylib"]
  #else
    private static let system = ["libonnxruntime.so.1", "libonnxruntime.so"]
  #endif

  /// Calls the C border with room for its message; returns the message of a failure.
  static func withMessage(_ body: (UnsafeMutablePointer<CChar>) -> UnsafePointer<CChar>?) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(connx_message_bytes)) { buffer in
      guard let room = buffer.baseAddress else { return "no room for a message" }
      return body(room).map { String(cString: $0).replacing("\n", with: " ") }
    }
  }
}

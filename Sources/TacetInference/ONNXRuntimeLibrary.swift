import COnnxRuntime
import Foundation

/// ONNX Runtime's shared library: found and opened once, at run time.
///
/// Looked for in `$TACET_ONNXRUNTIME` (a file), in `.tools/onnxruntime` of a folder above the command or the working
/// directory (where `Scripts/bootstrap` puts it), then wherever the system's loader looks.
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
    for candidate in installed() + system where open(candidate) == nil { return }
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
    }
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

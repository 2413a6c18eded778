import Foundation
import Testing

@testable import TacetInference

/// A library that another user could have put there is passed over.
@Suite struct ONNXRuntimeLibraryTests {
  private let folder = TemporaryFolder()

  @Test(arguments: [(0o644, true), (0o600, true), (0o755, true), (0o646, false), (0o777, false)])
  func filesOthersMayWrite(mode: Int, isTrusted: Bool) throws {
    let file = try folder.write(Data(), "libonnxruntime.so")
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    #expect(ONNXRuntimeLibrary.isTrusted(file.path) == isTrusted)
  }

  @Test func foldersOthersMayWrite() throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.url.path)
    #expect(ONNXRuntimeLibrary.isTrusted(folder.url.path))
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.url.path)
    #expect(!ONNXRuntimeLibrary.isTrusted(folder.url.path))
    #expect(!ONNXRuntimeLibrary.isTrusted(folder.url.appendingPathComponent("none").path))
  }
}

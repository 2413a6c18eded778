import Foundation
import Testing

@testable import TacetEnrolment

/// The socket file: whose it is, who may use it, what becomes of one that was left there.
@Suite struct WorkloadSocketTests {
  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func itsModeIsAsConfiguredWhateverTheMask() throws {
    let host = try TestHost()
    for wanted in [0o666, 0o660, 0o600] as [UInt32] {
      let api = try host.api(host.grants(), mode: wanted)
      let found = try mode(host.socket)
      #expect(found == Int(wanted))
      withExtendedLifetime(api) {}
    }
    #expect(!FileManager.default.fileExists(atPath: host.socket))
  }

  @Test func aMissingFolderIsMade() throws {
    let host = try TestHost()
    let path = host.folder.appending(path: "run/api.sock").path
    let socket = try WorkloadSocket.listen(at: path, mode: 0o666)
    #expect(FileManager.default.fileExists(atPath: path))
    socket.remove()
    close(socket.descriptor)
  }

  @Test func aSocketOnWhichSomebodyListensStays() throws {
    let host = try TestHost()
    let api = try host.api(host.grants())
    #expect(throws: WorkloadAPIError.socketInUse(path: host.socket)) { try host.api(host.grants()) }
    #expect(FileManager.default.fileExists(atPath: host.socket))
    withExtendedLifetime(api) {}
  }

  @Test func aSocketThatWasLeftThereIsReplaced() throws {
    let host = try TestHost()
    let left = try WorkloadSocket.listen(at: host.socket, mode: 0o666)
    close(left.descriptor)
    let api = try host.api(host.grants())
    // Who listened there before removes nothing that is another's.
    left.remove()
    #expect(FileManager.default.fileExists(atPath: host.socket))
    withExtendedLifetime(api) {}
  }

  @Test func whatIsNoSocketStays() throws {
    let host = try TestHost()
    try Data("kept".utf8).write(to: URL(fileURLWithPath: host.socket))
    #expect(throws: WorkloadAPIError.notASocket(path: host.socket)) { try host.api(host.grants()) }
    #expect(try String(contentsOfFile: host.socket, encoding: .utf8) == "kept")
    try FileManager.default.removeItem(atPath: host.socket)
    try FileManager.default.createSymbolicLink(atPath: host.socket, withDestinationPath: "/nowhere")
    #expect(throws: WorkloadAPIError.notASocket(path: host.socket)) { try host.api(host.grants()) }
  }

  @Test func aFolderInWhichOthersMayWriteIsRefused() throws {
    let host = try TestHost()
    for (mode, isRefused) in [(0o777, true), (0o775, true), (0o1777, false), (0o755, false)] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: host.folder.path)
      if isRefused {
        #expect(throws: WorkloadAPIError.folderWritableByOthers(path: host.folder.path)) { try host.api(host.grants()) }
      } else {
        _ = try host.api(host.grants())
      }
    }
  }

  @Test func aFolderThatOthersMayExchangeIsRefused() throws {
    let host = try TestHost()
    let inner = host.folder.appendingPathComponent("inner")
    try FileManager.default.createDirectory(
      at: inner, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    let socket = inner.appendingPathComponent("api.sock").path
    func listen() throws { close(try WorkloadSocket.listen(at: socket, mode: 0o666).descriptor) }
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: host.folder.path)
    let real = try #require(realpath(host.folder.path, nil))
    defer { free(real) }
    #expect(throws: WorkloadAPIError.folderWritableByOthers(path: String(cString: real))) { try listen() }
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: host.folder.path)
    try listen()
  }

  @Test func aPathThatFitsNoAddressIsRefused() throws {
    let path = "/tmp/" + String(repeating: "x", count: 120)
    #expect {
      try WorkloadSocket.listen(at: path, mode: 0o666)
    } throws: { error in
      if case WorkloadAPIError.pathTooLong(path, _)? = error as? WorkloadAPIError { true } else { false }
    }
  }
}

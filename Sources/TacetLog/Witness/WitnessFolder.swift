public import Foundation

/// A folder (0700) with what a witness remembers, a JSON file (0600) for each log. A file is replaced whole and durably:
/// after a crash it has the old checkpoint or the new one.
public struct WitnessFolder: Sendable {
  /// Where it is; made when something is first kept.
  public let folder: URL

  /// The largest file that is read, in bytes.
  private static let maximumByteCount = 1 << 16

  /// A folder that need not exist yet.
  public init(_ folder: URL) {
    self.folder = folder
  }

  /// What is remembered of a log; nil for nothing.
  /// - Throws: `WitnessError`.
  public func witness(of log: String) throws(WitnessError) -> Witness? {
    guard let witness = try read(file(of: log)) else { return nil }
    guard witness.log == log else { throw .corrupt(path: file(of: log).path) }
    return witness
  }

  /// Everything that is remembered, by name of the log.
  /// - Throws: `WitnessError`.
  public func all() throws(WitnessError) -> [Witness] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var witnesses: [Witness] = []
    for name in names.sorted() where name.hasSuffix(Self.suffix) {
      if let witness = try read(folder.appendingPathComponent(name)) { witnesses.append(witness) }
    }
    return witnesses.sorted { $0.log < $1.log }
  }

  /// Keeps what is remembered of a log; durable when this returns.
  /// - Throws: `WitnessError.inputOutput`.
  public func keep(_ witness: Witness) throws(WitnessError) {
    let file = file(of: witness.log)
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try DurableFile.write(try encoder.encode(witness), to: file)
    } catch let failure as DurableFile.Failure {
      throw .inputOutput(path: failure.path, reason: failure.reason)
    } catch {
      throw .inputOutput(path: file.path, reason: error.localizedDescription)
    }
  }

  /// Forgets a log: the next checkpoint is believed. Returns whether there was something to forget.
  /// - Throws: `WitnessError.inputOutput`.
  public func forget(_ log: String) throws(WitnessError) -> Bool {
    let path = file(of: log).path
    if unlink(path) == 0 { return true }
    guard errno == ENOENT else { throw .inputOutput(path: path, reason: Self.systemReason()) }
    return false
  }

  private static let suffix = ".json"

  /// A name may have slashes; percent-encoded it has none, and no two names share a file.
  private func file(of log: String) -> URL {
    let name = log.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    return folder.appendingPathComponent(name + Self.suffix)
  }

  private func read(_ file: URL) throws(WitnessError) -> Witness? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    guard let handle = try? FileHandle(forReadingFrom: file) else {
      throw .inputOutput(path: file.path, reason: "it cannot be read")
    }
    defer { try? handle.close() }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let data = try? handle.read(upToCount: Self.maximumByteCount),
      let witness = try? decoder.decode(Witness.self, from: data)
    else { throw .corrupt(path: file.path) }
    return witness
  }

  private static func systemReason() -> String { String(cString: strerror(errno)) }
}

public import Foundation

/// Many workloads that are to have certificates: the rows of a CSV file, `role,name,ttl`.
public struct IssuanceBatch: Sendable {
  /// One workload.
  public struct Row: Sendable, Hashable {
    /// The line of the file, from 1.
    public let line: Int
    /// Whose certificate it is to be.
    public let id: SPIFFEID
    /// How long it is to live; nil for the profile's time.
    public let lifetime: Duration?
  }

  /// The largest file that is read, in bytes: some ten million rows.
  public static let mostBytes = 256 << 20

  /// The rows, each ID once.
  public let rows: [Row]

  /// Reads a file, all of it, so that nothing is issued where a row is bad.
  ///
  /// A first line `role,name,ttl` is a header, an empty line is none; an empty ttl stands for the profile's.
  /// - Throws: ``IdentityError`` naming the first bad line.
  public init(csv file: URL, trustDomain: TrustDomain, profile: LeafProfile) throws(IdentityError) {
    // Of a pipe, all that is written to it: half of a batch, or none, would look like the whole.
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { throw IdentityError(.missing, "\(file.path) is missing") }
      throw IdentityError(.inputOutput, "\(file.path) cannot be read: \(SecretFile.systemReason())")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let data = try SecretFile.read(handle, file: file, limit: Self.mostBytes)
    let reader = BatchReader(file: file.path, trustDomain: trustDomain, profile: profile)
    rows = try reader.rows(data)
  }
}

/// Reads the rows of a batch.
private struct BatchReader {
  let file: String
  let trustDomain: TrustDomain
  let profile: LeafProfile

  /// - Throws: ``IdentityError`` naming the first bad line.
  func rows(_ data: Data) throws(IdentityError) -> [IssuanceBatch.Row] {
    var rows: [IssuanceBatch.Row] = []
    var lines: [SPIFFEID: Int] = [:]
    var number = 0
    // A byte order mark is what spreadsheets put before a file.
    let content = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
    for bytes in content.split(separator: 0x0A, omittingEmptySubsequences: false) {
      number += 1
      guard let line = String(data: bytes, encoding: .utf8) else { throw bad(number, "is not UTF-8 text") }
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespacesAndNewlines)
      }
      let isHeader = rows.isEmpty && fields == ["role", "name", "ttl"]
      guard fields != [""], !isHeader else { continue }
      let row = try row(fields, line: number)
      if let earlier = lines.updateValue(number, forKey: row.id) {
        throw bad(number, "\(row.id.path) is on line \(earlier) already")
      }
      rows.append(row)
    }
    return rows
  }

  private func row(_ fields: [String], line: Int) throws(IdentityError) -> IssuanceBatch.Row {
    guard fields.count == 3 else { throw bad(line, "is not of the form role,name,ttl") }
    do {
      let id = try SPIFFEID(trustDomain: trustDomain, role: fields[0], name: fields[1])
      guard id.role != BatchFolder.unfinished else {
        throw IdentityError(.badInput, "\(id.role) cannot be a role here")
      }
      for name in [id.role, id.name] where name.utf8.count > Int(NAME_MAX) {
        throw IdentityError(.badInput, "a role or name of \(name.utf8.count) bytes, at most \(NAME_MAX) make a folder")
      }
      try profile.checkRole(of: id)
      guard !fields[2].isEmpty else { return IssuanceBatch.Row(line: line, id: id, lifetime: nil) }
      guard let lifetime = Duration(inWords: fields[2]) else {
        throw IdentityError(
          .badInput, "the ttl is \(fields[2].debugDescription), allowed: a time as 90s, 15m, 24h or 7d")
      }
      try profile.checkLifetime(lifetime)
      return IssuanceBatch.Row(line: line, id: id, lifetime: lifetime)
    } catch {
      throw bad(line, "\(error)")
    }
  }

  private func bad(_ line: Int, _ problem: String) -> IdentityError {
    IdentityError(.badInput, "\(file):\(line): \(problem)")
  }
}

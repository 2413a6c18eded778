package import Foundation

/// Where a report goes: a folder known to be writable before the work for the report begins, and files that appear whole or not at all.
package struct ReportFolder: Sendable {
  private let folder: URL

  /// Makes the folder, if it is not there.
  /// - Throws: ``ReportFolderError``.
  package init(_ folder: URL) throws(ReportFolderError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotBeMade(folder.path)
    }
    guard FileManager.default.isWritableFile(atPath: folder.path) else { throw .readOnly(folder.path) }
    self.folder = folder
  }

  /// Writes `report.json` and `report.html`: both beside where they go, and only then in the place of what was there.
  /// - Throws: ``ReportFolderError/cannotBeWritten(_:)``; then nothing is left of the files that could not be put in place.
  package func write(json: Data, html: String) throws(ReportFolderError) {
    let files = [("report.json", json), ("report.html", Data(html.utf8))].map { name, data in
      (
        place: folder.appendingPathComponent(name), draft: folder.appendingPathComponent(".\(name).\(UUID())"),
        data: data
      )
    }
    defer { for file in files { try? FileManager.default.removeItem(at: file.draft) } }
    for file in files {
      var isFolder: ObjCBool = false
      guard !FileManager.default.fileExists(atPath: file.place.path, isDirectory: &isFolder) || !isFolder.boolValue
      else { throw .cannotBeWritten(file.place.path) }
      do { try file.data.write(to: file.draft) } catch { throw .cannotBeWritten(file.place.path) }
    }
    for file in files {
      guard rename(file.draft.path, file.place.path) == 0 else { throw .cannotBeWritten(file.place.path) }
    }
  }
}

/// Why a report cannot be put where it should go.
package enum ReportFolderError: Error, Hashable, Sendable {
  /// The folder is not there and cannot be made.
  case cannotBeMade(String)
  /// Nothing can be written into the folder.
  case readOnly(String)
  /// A file of the report cannot be written.
  case cannotBeWritten(String)
}

extension ReportFolderError: CustomStringConvertible {
  /// One line: what is wrong, and what to do.
  package var description: String {
    switch self {
    case .cannotBeMade(let path): "cannot create the folder \(path) for the report: name another with --out"
    case .readOnly(let path): "the folder \(path) is read-only: name another with --out"
    case .cannotBeWritten(let path): "\(path) cannot be written: make room, or name another folder with --out"
    }
  }
}

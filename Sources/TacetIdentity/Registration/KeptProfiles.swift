import Foundation
import Synchronization

/// The profiles of an authority, read once and again when their file has changed.
final class KeptProfiles: Sendable {
  private let state: URL
  private let prefix: String
  private let kept = Mutex<[String: (stamp: Stamp, profile: LeafProfile)]>([:])

  /// What changes when a file is replaced; nothing of it where there is none.
  private struct Stamp: Hashable {
    var seconds = 0
    var nanoseconds = 0
    var size: Int64 = -1
    var inode: UInt64 = 0

    init(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return }
      (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
      (size, inode) = (Int64(status.st_size), UInt64(status.st_ino))
    }
  }

  init(state: URL, files: CertificateAuthority.Files) {
    self.state = state
    prefix = files.profiles.path + "/"
  }

  /// The profile of that name.
  /// - Throws: ``RegistrationError``: unavailable where it is no longer there, or cannot be read.
  func profile(named name: String) throws(RegistrationError) -> LeafProfile {
    guard SPIFFEID.isSegment(name) else {
      throw RegistrationError(.unavailable, "\(name.debugDescription) is no name of a profile")
    }
    let stamp = Stamp(prefix + name + ".yaml")
    if let known = kept.withLock({ $0[name] }), known.stamp == stamp { return known.profile }
    let profile: LeafProfile
    do {
      profile = try CertificateAuthority.profile(named: name, state: state)
    } catch {
      throw RegistrationError(.unavailable, "\(error)")
    }
    kept.withLock { $0[name] = (stamp, profile) }
    return profile
  }
}

import Foundation

/// What the system permits this process.
enum ProcessLimits {
  /// As many open files, and so connections, as it may have.
  static func raiseOpenFiles() {
    var limit = rlimit()
    guard getrlimit(resource(RLIMIT_NOFILE), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(resource(RLIMIT_NOFILE), &limit)
  }

  /// No core file, which would hold the keys that it has open.
  static func forbidCoreFiles() {
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    _ = setrlimit(resource(RLIMIT_CORE), &limit)
  }

  #if canImport(Glibc)
    private static func resource(_ resource: __rlimit_resource) -> __rlimit_resource_t {
      __rlimit_resource_t(resource.rawValue)
    }
  #else
    private static func resource(_ resource: Int32) -> Int32 { resource }
  #endif
}

/// Whole numbers that nobody else may learn, all zero at first. They stay in one place in memory, and are zeroed when they go, however they go.
///
/// `@unchecked Sendable`: it cannot be copied, so that whoever has it has its memory alone.
struct SecretNumbers: ~Copyable, @unchecked Sendable {
  /// The numbers. They are of no use, and there no more, when this value has gone.
  let values: UnsafeMutableBufferPointer<Int16>
  private let free: @Sendable (UnsafeMutableBufferPointer<Int16>) -> Void

  /// - Parameter free: gives the zeroed memory back; another than the usual is for tests.
  init(
    count: Int, free: @escaping @Sendable (UnsafeMutableBufferPointer<Int16>) -> Void = { $0.deallocate() }
  ) {
    values = .allocate(capacity: count)
    values.initialize(repeating: 0)
    self.free = free
  }

  deinit {
    SecretMemory.wipe(values)
    free(values)
  }
}

/// A text that is not a SPIFFE ID, or not one of this mesh.
public struct SPIFFEIDError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong and what is allowed, on one line.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

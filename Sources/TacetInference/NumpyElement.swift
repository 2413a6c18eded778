/// A number that a NumPy file can hold here.
public protocol NumpyElement: Sendable {
  /// NumPy's name of the type, little-endian.
  static var numpyType: String { get }
  /// The number whose little-endian bytes were taken for native ones, and the other way round.
  var swappedFromLittleEndian: Self { get }
}

extension UInt16: NumpyElement {
  /// `<u2`.
  public static let numpyType = "<u2"
  /// Itself on a little-endian machine.
  public var swappedFromLittleEndian: UInt16 { UInt16(littleEndian: self) }
}

extension Float: NumpyElement {
  /// `<f4`.
  public static let numpyType = "<f4"
  /// Itself on a little-endian machine.
  public var swappedFromLittleEndian: Float { Float(bitPattern: UInt32(littleEndian: bitPattern)) }
}

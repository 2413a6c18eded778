import COnnxRuntime

/// What a model says about its own inputs and outputs.
extension InferenceSession {
  /// The most elements a tensor may have: 2^24 float32 are 64 MiB.
  private static let mostElements = 1 << 24

  typealias Describe = (
    OpaquePointer?, Int, UnsafeMutablePointer<connx_tensor>?, UnsafeMutablePointer<CChar>?
  ) -> UnsafePointer<CChar>?

  /// The descriptions of all inputs or all outputs, with `count` filled in and no values yet.
  /// - Throws: ``InferenceError`` of kind malformed for other elements than float32, free axes, and huge tensors.
  static func describe(
    _ session: OpaquePointer, count: Int, of name: String, with describe: Describe
  ) throws(InferenceError) -> [connx_tensor] {
    var tensors: [connx_tensor] = []
    for index in 0..<count {
      var tensor = connx_tensor()
      if let failure = CMessage.failure(of: { describe(session, index, &tensor, $0) }) {
        throw InferenceError(.malformed, "\(name): input or output \(index) cannot be used: \(failure)")
      }
      guard let elements = FloatTensor.count(of: shape(of: tensor)), elements <= mostElements else {
        throw InferenceError(
          .malformed,
          "\(name): \(Self.name(of: tensor)) has shape \(shape(of: tensor)): export it with fixed axes, at most \(mostElements) elements"
        )
      }
      tensor.count = elements
      tensors.append(tensor)
    }
    return tensors
  }

  static func name(of tensor: connx_tensor) -> String {
    tensor.name.map { String(cString: $0) } ?? ""
  }

  static func shape(of tensor: connx_tensor) -> [Int] {
    withUnsafeBytes(of: tensor.shape) { $0.bindMemory(to: Int64.self).prefix(tensor.rank).map(Int.init) }
  }

  static func shapes(_ tensors: [connx_tensor]) -> [String: [Int]] {
    Dictionary(tensors.map { (name(of: $0), shape(of: $0)) }, uniquingKeysWith: { first, _ in first })
  }
}

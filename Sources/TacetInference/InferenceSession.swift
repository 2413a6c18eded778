import COnnxRuntime
import Foundation

/// One ONNX model, ready to run, from bytes that were checked.
///
/// Running blocks for some microseconds and may be done from several tasks at once.
public final class InferenceSession: Sendable {
  /// What an input or output is called and how large it is.
  public struct Port: Hashable, Sendable {
    /// The name in the model.
    public let name: String
    /// The length of each axis.
    public let shape: [Int]
  }

  /// The inputs, in the model's order.
  public let inputs: [Port]
  /// The outputs, in the model's order.
  public let outputs: [Port]
  private let session: Handle

  /// The C session. ONNX Runtime documents `Run` on one session as safe from several threads; nothing else is called on it
  /// after `init`, and it is released once, when the last reference goes.
  private final class Handle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { connx_session_release(pointer) }
  }

  /// Makes a session of a model's bytes.
  /// - Parameter name: what errors call the model: its file.
  /// - Throws: ``InferenceError`` when ONNX Runtime is missing or refuses the bytes, or when a tensor is not of float32 with
  ///   fixed axes.
  public init(model bytes: [UInt8], name: String) throws(InferenceError) {
    try ONNXRuntimeLibrary.open()
    var pointer: OpaquePointer?
    let failure = bytes.withUnsafeBytes { buffer in
      ONNXRuntimeLibrary.withMessage { connx_session_create(buffer.baseAddress, buffer.count, &pointer, $0) }
    }
    guard failure == nil, let pointer else {
      throw InferenceError(
        .badInput,
        "\(name) is not a model ONNX Runtime can load (\((failure ?? "").prefix(160))): publish or copy it anew")
    }
    session = Handle(pointer)
    inputs = try Self.ports(connx_input_count(pointer), of: name) { connx_input(pointer, $0, $1, $2) }
    outputs = try Self.ports(connx_output_count(pointer), of: name) { connx_output(pointer, $0, $1, $2) }
  }

  private typealias Describe = (Int, UnsafeMutablePointer<connx_tensor>, UnsafeMutablePointer<CChar>) -> UnsafePointer<
    CChar
  >?

  private static func ports(_ count: Int, of name: String, _ describe: Describe) throws(InferenceError) -> [Port] {
    var ports: [Port] = []
    for index in 0..<count {
      var tensor = connx_tensor()
      if let failure = ONNXRuntimeLibrary.withMessage({ describe(index, &tensor, $0) }) {
        throw InferenceError(.badInput, "\(name): tensor \(index): \(failure)")
      }
      let shape = withUnsafeBytes(of: tensor.shape) { Array($0.bindMemory(to: Int64.self).prefix(tensor.rank)) }
      guard shape.allSatisfy({ (1...1_000_000).contains($0) }), let label = tensor.name else {
        throw InferenceError(.badInput, "\(name): tensor \(index) has shape \(shape): every axis must be fixed")
      }
      ports.append(Port(name: String(cString: label), shape: shape.map(Int.init)))
    }
    return ports
  }

  /// Runs the model.
  /// - Parameter tensors: one for each input, by name, of exactly its shape.
  /// - Returns: the outputs by name.
  /// - Throws: ``InferenceError`` for missing, unknown or misshapen inputs, and when the runtime fails.
  public func run(_ tensors: [String: FloatTensor]) throws(InferenceError) -> [String: FloatTensor] {
    for port in inputs where tensors[port.name]?.shape != port.shape {
      let given = tensors[port.name].map { "has shape \($0.shape)" } ?? "is missing"
      throw InferenceError(.badInput, "input \(port.name) \(given), the model takes \(port.shape)")
    }
    guard tensors.count == inputs.count else {
      throw InferenceError(.badInput, "\(tensors.count) inputs given, the model takes \(inputs.map(\.name))")
    }
    let input = Arena(inputs, values: inputs.flatMap { tensors[$0.name]?.values ?? [] })
    let output = Arena(outputs, values: [Float](repeating: 0, count: outputs.reduce(0) { $0 + $1.shape.reduce(1, *) }))
    let failure = ONNXRuntimeLibrary.withMessage { message in
      connx_run(
        session.pointer, input.tensors.baseAddress, input.tensors.count, output.tensors.baseAddress,
        output.tensors.count, message)
    }
    if let failure { throw InferenceError(.runtime, "the model cannot be run: \(failure)") }
    var results: [String: FloatTensor] = [:]
    for (port, values) in zip(outputs, output.contents()) {
      results[port.name] = try FloatTensor(shape: port.shape, values: values)
    }
    return results
  }

  /// Memory for the tensors of one run: values, names and descriptions at addresses that stay while it lives.
  private final class Arena {
    let tensors: UnsafeMutableBufferPointer<connx_tensor>
    private let values: UnsafeMutableBufferPointer<Float>
    private let names: [UnsafeMutablePointer<CChar>?]

    init(_ ports: [Port], values initial: [Float]) {
      values = .allocate(capacity: initial.count)
      _ = values.initialize(from: initial)
      names = ports.map { strdup($0.name) }
      tensors = .allocate(capacity: ports.count)
      var offset = 0
      for (index, port) in ports.enumerated() {
        var tensor = connx_tensor()
        tensor.name = UnsafePointer(names[index])
        tensor.rank = port.shape.count
        withUnsafeMutableBytes(of: &tensor.shape) { shape in
          for (axis, length) in port.shape.enumerated() {
            shape.storeBytes(of: Int64(length), toByteOffset: axis * 8, as: Int64.self)
          }
        }
        tensor.values = values.baseAddress.map { $0 + offset }
        tensor.count = port.shape.reduce(1, *)
        offset += tensor.count
        tensors.initializeElement(at: index, to: tensor)
      }
    }

    /// The values of each tensor.
    func contents() -> [[Float]] {
      tensors.map { Array(UnsafeBufferPointer(start: $0.values, count: $0.count)) }
    }

    deinit {
      names.forEach { free($0) }
      tensors.deallocate()
      values.deallocate()
    }
  }
}

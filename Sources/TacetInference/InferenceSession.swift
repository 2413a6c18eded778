import COnnxRuntime
public import Foundation

/// An ONNX model, ready to run. Running blocks for microseconds to milliseconds and may be done by several threads.
///
/// `@unchecked Sendable`: the only state is a pointer that never changes after `init` and the constant descriptions of
/// inputs and outputs; ONNX Runtime's Run is thread-safe on one session, and the session is released in `deinit`, when
/// nobody runs it.
public final class InferenceSession: @unchecked Sendable {
  /// The shapes of the inputs, by name.
  public let inputs: [String: [Int]]
  /// The shapes of the outputs, by name.
  public let outputs: [String: [Int]]

  private let session: OpaquePointer
  private let name: String
  private let inputTemplates: [connx_tensor]
  private let outputTemplates: [connx_tensor]

  /// Makes a session of the bytes of an ONNX file.
  /// - Parameter name: the file's name, for errors.
  /// - Throws: ``InferenceError``: unavailable without ONNX Runtime, malformed when the bytes are no model with float32
  ///   inputs and outputs of fixed shape.
  public init(model bytes: Data, name: String) throws(InferenceError) {
    try OnnxRuntimeLibrary.open()
    var made: OpaquePointer?
    let failure = bytes.withUnsafeBytes { buffer in
      CMessage.failure { connx_session_create(buffer.baseAddress, buffer.count, &made, $0) }
    }
    guard failure == nil, let session = made else {
      throw InferenceError(.malformed, "\(name) is not a usable ONNX model: \(failure ?? "no session")")
    }
    do {
      inputTemplates = try Self.describe(session, count: connx_input_count(session), of: name, with: connx_input)
      outputTemplates = try Self.describe(session, count: connx_output_count(session), of: name, with: connx_output)
    } catch {
      connx_session_release(session)
      throw error
    }
    self.session = session
    self.name = name
    inputs = Self.shapes(inputTemplates)
    outputs = Self.shapes(outputTemplates)
  }

  deinit {
    connx_session_release(session)
  }

  /// Runs the model on exactly its inputs, each of exactly its shape.
  /// - Throws: ``InferenceError`` of kind malformed when an input is missing, unknown or of another shape, or the run
  ///   fails.
  public func run(_ tensors: [String: FloatTensor]) throws(InferenceError) -> [String: FloatTensor] {
    if let unknown = tensors.keys.sorted().first(where: { inputs[$0] == nil }) {
      throw InferenceError(.malformed, "\(name) has no input \(unknown): it has \(inputs.keys.sorted())")
    }
    var values: [Float] = []
    for template in inputTemplates { values += try self.values(for: template, in: tensors) }
    let inputCount = values.count
    values += repeatElement(0, count: outputTemplates.reduce(0) { $0 + $1.count })
    if let failure = call(on: &values) {
      throw InferenceError(.malformed, "\(name) cannot be run: \(failure)")
    }
    return try results(values[inputCount...])
  }

  private func values(
    for template: connx_tensor, in tensors: [String: FloatTensor]
  ) throws(InferenceError) -> [Float] {
    let input = Self.name(of: template)
    guard let tensor = tensors[input] else { throw InferenceError(.malformed, "\(name) needs the input \(input)") }
    guard tensor.shape == Self.shape(of: template) else {
      throw InferenceError(
        .malformed, "\(name): the input \(input) has shape \(tensor.shape), not \(Self.shape(of: template))")
    }
    return tensor.values
  }

  /// Runs with all tensors in one buffer: the inputs in order, then room for the outputs.
  private func call(on values: inout [Float]) -> String? {
    values.withUnsafeMutableBufferPointer { buffer in
      var offset = 0
      // Offsets stay inside the buffer: it was made from the same counts.
      func place(_ template: connx_tensor) -> connx_tensor {
        var tensor = template
        tensor.values = buffer.baseAddress.map { $0 + offset }
        offset += tensor.count
        return tensor
      }
      let inputs = inputTemplates.map(place)
      var outputs = outputTemplates.map(place)
      return CMessage.failure {
        connx_run(session, inputs, inputs.count, &outputs, outputs.count, $0)
      }
    }
  }

  private func results(_ values: ArraySlice<Float>) throws(InferenceError) -> [String: FloatTensor] {
    var results: [String: FloatTensor] = [:]
    var rest = values
    for template in outputTemplates {
      results[Self.name(of: template)] = try FloatTensor(
        shape: Self.shape(of: template), values: Array(rest.prefix(template.count)))
      rest = rest.dropFirst(template.count)
    }
    return results
  }
}

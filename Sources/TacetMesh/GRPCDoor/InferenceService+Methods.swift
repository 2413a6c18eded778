internal import GRPCCore

extension InferenceService {
  /// The methods by their paths, and how many tensors a call of each may have.
  var methods: [String: Int] {
    [
      Self.path(Tacet_V1_Inference.Method.Encode.descriptor): entrance.limits.tensorsPerCall,
      Self.path(Tacet_V1_Inference.Method.Audit.descriptor): 1,
    ]
  }

  /// The method that answers calls of any other.
  static var fallback: String { path(Tacet_V1_Inference.Method.Encode.descriptor) }

  private static func path(_ method: MethodDescriptor) -> String {
    "/\(method.service.fullyQualifiedService)/\(method.method)"
  }
}

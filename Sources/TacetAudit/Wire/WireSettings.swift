/// How a ``WireVerification`` judges.
package struct WireSettings: Sendable {
  /// Servers to judge, `HOST:PORT`; empty: those that the labels name, or all.
  package var servers: Set<String> = []
  package var expectation = WireExpectation()
  /// For the classes; shared out where several sets of classes are compared.
  package var leaks = LeakSettings()
  /// A class with less than this share of the exchanges that the most frequent has is too rare to be compared.
  package var rarest = 0.1

  package init() {}
}

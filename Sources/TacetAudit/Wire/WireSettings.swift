/// How a ``WireVerification`` judges.
package struct WireSettings: Sendable {
  /// Servers to judge, `HOST:PORT`; empty: those that the labels name, or all.
  package var servers: Set<String> = []
  package var expectation = WireExpectation()
  /// For the classes; shared out where several sets of classes are compared.
  package var leaks = LeakSettings()
  /// A class with less than this share of the exchanges that the most frequent has is too rare to be compared.
  package var rarest = 0.1

  /// Classes that the auditor sets aside: judged for size and deadline, compared with nothing. Late answers of a machine that was
  /// busy for a moment, say, which are few and a class of their own.
  package var setAside: Set<String> = []
  /// More than this share of a server's exchanges is not set aside: then they are a part of what should be judged.
  package var mostSetAside = 0.001

  package init() {}
}

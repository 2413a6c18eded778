import Testing

@testable import TacetEnrolment

/// By what strangers are counted.
@Suite struct NetworkPrefixTests {
  @Test(arguments: [
    ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("unknown", "unknown"),
    ("2001:db8:1:2:3:4:5:6", "20010db800010002/64"), ("2001:db8:1:2::", "20010db800010002/64"),
    ("2001:db8:1:3::1", "20010db800010003/64"), ("::1", "0000000000000000/64"),
  ])
  func whatNobodyCanChoose(address: String, prefix: String) {
    #expect(NetworkPrefix.of(address) == prefix)
  }
}

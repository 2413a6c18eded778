// Made by Scripts/make_noise_tables.py; `--check` recomputes every number another way.
// 2^63 P(|Z| <= j), rounded, j = 0, 1, ..., for Z = round(N(0, 8^2)).
#define CNOISE_COUNT_NARROW_8 73
// 2^-59.30
#define CNOISE_DISTANCE_NARROW_8 1.4135685996030454e-18
static const uint64_t cnoise_narrow_8[73] = {
  0x0661011d92bb3226, 0x1309a13692f911b5, 0x1f67485d09f231b6, 0x2b4bd0ec47c8f834, 0x368e870f12f8fb4a, 0x410dc18800917b9b,
  0x4aaff89d838b2820, 0x53644e2b2b191b85, 0x5b22876db4abbfb0, 0x61ea85a1b2dc1fd4, 0x67c3549bff5f19b1, 0x6cb9ed3093b2efd8,
  0x70dfcc2152f52806, 0x74497d8d1da9d4ca, 0x770d39059f7b32b5, 0x7941a4735cf0c204, 0x7afcccc9fe67655f, 0x7c535c419767030d,
  0x7d580f2a3d71c270, 0x7e1b63144ac0678b, 0x7eab7840fc8b2b6d, 0x7f141b2a000c6722, 0x7f5eeb42d5f26b19, 0x7f93949929819c95,
  0x7fb8134d14ba5259, 0x7fd0f9a354e51f5a, 0x7fe1b361103b0a29, 0x7fecc2f5548e8694, 0x7ff3f6878da4973e, 0x7ff8943f78dbc80e,
  0x7ffb7dfe7a23be41, 0x7ffd4d53147a6848, 0x7ffe68bbc7fb0967, 0x7fff136781f7d5d7, 0x7fff78978f16fb92, 0x7fffb3a7cf9f64f8,
  0x7fffd598e12a0e6b, 0x7fffe8ccdc787cf0, 0x7ffff37f17ab26dc, 0x7ffff95caffd490c, 0x7ffffc87624e89ef, 0x7ffffe364b492f4a,
  0x7fffff17ca1e9829, 0x7fffff8bf6d9fba3, 0x7fffffc6e3f502d3, 0x7fffffe450f466ae, 0x7ffffff2c86f6e29, 0x7ffffff9c9003cbc,
  0x7ffffffd1f3512b7, 0x7ffffffeaff504a7, 0x7fffffff690ea0c0, 0x7fffffffbd3a66bf, 0x7fffffffe2e926ce, 0x7ffffffff3850b80,
  0x7ffffffffaba1663, 0x7ffffffffdce5151, 0x7fffffffff19d8ea, 0x7fffffffffa3212c, 0x7fffffffffdb18a0, 0x7ffffffffff18f23,
  0x7ffffffffffa6f70, 0x7ffffffffffde36f, 0x7fffffffffff3601, 0x7fffffffffffb5ac, 0x7fffffffffffe512, 0x7ffffffffffff664,
  0x7ffffffffffffca0, 0x7ffffffffffffed5, 0x7fffffffffffff9a, 0x7fffffffffffffde, 0x7ffffffffffffff5, 0x7ffffffffffffffc,
  0x7fffffffffffffff,
};

#ifdef MASK
in vec2 v_uv;
uniform sampler2D base_map;
uniform vec2 u_cut;  // base alpha, cutoff
void main() { if (texture(base_map, v_uv).a * u_cut.x < u_cut.y) discard; }
#else
void main() {}
#endif

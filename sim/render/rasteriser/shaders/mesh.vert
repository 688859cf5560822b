// Instances of one primitive.
invariant gl_Position;  // the depth pass and the picture must agree to the last bit
in vec3 in_position;
in vec3 in_normal;
#ifdef UV
in vec2 in_uv;
out vec2 v_uv;
#endif
#ifdef COLOR
in vec4 in_color;
out vec4 v_color;
#endif
in vec4 in_row0;  // rel_from_local, scale included
in vec4 in_row1;
in vec4 in_row2;
out vec3 v_rel;
out vec3 v_normal;
#ifdef AUX
in float in_id;
flat out int v_id;
#ifdef MOTION
in vec4 in_prev0; // world_from_local of the frame before
in vec4 in_prev1;
in vec4 in_prev2;
out vec3 v_prev;
#endif
#endif

void main() {
    vec4 p = vec4(in_position, 1.0);
    v_rel = vec3(dot(in_row0, p), dot(in_row1, p), dot(in_row2, p));
    v_normal = vec3(dot(in_row0.xyz, in_normal), dot(in_row1.xyz, in_normal), dot(in_row2.xyz, in_normal));
#ifdef UV
    v_uv = in_uv;
#endif
#ifdef COLOR
    v_color = in_color;
#endif
#ifdef AUX
    v_id = int(in_id);
#ifdef MOTION
    vec4 before = vec4(dot(in_prev0, p), dot(in_prev1, p), dot(in_prev2, p), 1.0);
    v_prev = (prev_clip_from_world * before).xyw;
#endif
#endif
    gl_Position = clip_from_rel * vec4(v_rel, 1.0);
}

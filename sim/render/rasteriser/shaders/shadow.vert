// What casts shadows.
in vec3 in_position;
in vec4 in_row0;
in vec4 in_row1;
in vec4 in_row2;
uniform mat4 clip_from_world;
#ifdef MASK
in vec2 in_uv;
out vec2 v_uv;
#endif

void main() {
    vec4 p = vec4(in_position, 1.0);
    gl_Position = clip_from_world * vec4(dot(in_row0, p), dot(in_row1, p), dot(in_row2, p), 1.0);
#ifdef PANCAKE
    gl_Position.z = max(gl_Position.z, -gl_Position.w);  // what is behind the map's near side still casts
#endif
#ifdef MASK
    v_uv = in_uv;
#endif
}

// An endless plane: a fan from the point below the camera to points at infinity.
in vec4 in_corner;  // xy, 0, w: 1 below the camera, 0 at infinity
void main() {
    gl_Position = clip_from_rel * vec4(in_corner.xy, in_corner.w * (ground.w - eye.z), in_corner.w);
}

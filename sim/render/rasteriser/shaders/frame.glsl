// What every shader knows of the picture: one block, written once a frame (see uniforms.py).
layout(std140) uniform Frame {
    mat4 clip_from_rel;         // rel: world axes, metres from the camera
    mat4 prev_clip_from_world;
    mat4 shadow_from_rel[4];    // into the sun's atlas: x, y, depth, all 0 to 1
    mat4 spot_from_rel[4];
    vec4 eye;                   // world position; pre-exposure
    vec4 right;                 // camera axes; right and up reach to the picture's edge
    vec4 up;
    vec4 forward;
    vec4 size;                  // px, and 1/px
    vec4 sun_dir;               // towards it; cascades in use
    vec4 sun_rgb;               // lux, pre-exposed; cosine from which the disc is seen
    vec4 splits;                // m along the axis where each cascade ends
    vec4 texels;                // m a shadow texel covers, of each cascade
    vec4 sh[9];                 // lux, pre-exposed
    vec4 haze;                  // cd/m², pre-exposed; 1/m
    vec4 haze_sun;              // what is added towards the sun; darkness from occlusion
    vec4 ground;                // linear albedo; height, m
    vec4 ground_look;           // roughness, f0, tile size m, metallic
    vec4 meter;                 // lights in use; tile size px; whether the floor throws light back; 0
    vec4 light_at[32];          // rel; 1 over the square of the reach
    vec4 light_rgb[32];         // cd, pre-exposed; kind: 0 point, 1 spot, 2 area
    vec4 light_aim[32];         // unit; cosine of the outer cone
    vec4 light_more[32];        // 1/(cos inner − cos outer); radius² of the emitter; shadow index or −1; 0
};
const float PI = 3.14159265;
const vec3 WEIGHTS = vec3(0.2126, 0.7152, 0.0722);

vec3 irradiance(vec3 n) {       // lux on a surface, from the whole sky and ground
    vec3 e = sh[0].rgb * 0.282095 + 0.488603 * (sh[1].rgb * n.y + sh[2].rgb * n.z + sh[3].rgb * n.x);
    e += 1.092548 * (sh[4].rgb * (n.x * n.y) + sh[5].rgb * (n.y * n.z) + sh[7].rgb * (n.x * n.z));
    e += sh[6].rgb * (0.315392 * (3.0 * n.z * n.z - 1.0)) + sh[8].rgb * (0.546274 * (n.x * n.x - n.y * n.y));
    return max(e, vec3(0.0));
}

vec2 panorama(vec3 d) {         // where a direction lies in a panorama (see light.directions)
    float e = asin(clamp(d.z, -1.0, 1.0));
    return vec2(atan(d.y, d.x) * (0.5 / PI) + 0.5, 0.5 + 0.5 * sign(e) * sqrt(abs(e) * (2.0 / PI)));
}

vec3 haze_colour(vec3 d) {
    float toward = max(dot(normalize(d.xy + vec2(1e-6)), normalize(sun_dir.xy + vec2(1e-6))), 0.0);
    return haze.rgb + haze_sun.rgb * (toward * toward);
}

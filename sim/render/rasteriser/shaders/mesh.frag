// A glTF metallic-roughness surface.
in vec3 v_rel;
in vec3 v_normal;
#ifdef UV
in vec2 v_uv;
#endif
#ifdef COLOR
in vec4 v_color;
#endif
#ifdef AUX
flat in int v_id;
#ifdef MOTION
in vec3 v_prev;
#endif
#endif
uniform vec4 u_base;
uniform vec4 u_surface;   // metallic, roughness, f0, alpha cutoff
uniform vec4 u_emissive;  // cd/m², pre-exposed; transmission
#ifdef BASE_MAP
uniform sampler2D base_map;
#endif
#ifdef ROUGH_MAP
uniform sampler2D rough_map;
#endif
#ifdef NORMAL_MAP
uniform sampler2D normal_map;
#endif
#ifdef EMISSIVE_MAP
uniform sampler2D emissive_map;
#endif
layout(location = 0) out vec4 out_color;

void main() {
    vec4 base = u_base;
#ifdef COLOR
    base *= v_color;
#endif
#ifdef BASE_MAP
    base *= texture(base_map, v_uv);
#endif
#ifdef MASK
    if (base.a < u_surface.w) discard;
#endif
    float depth = dot(v_rel, forward.xyz);
    vec3 face = normalize(v_normal);
    if (!gl_FrontFacing) face = -face;
    vec3 n = face;
#ifdef UNLIT
    out_color = vec4(0.0);
#else
#ifdef NORMAL_MAP
    // the tangent frame from screen derivatives; Mikkelsen, "Bump mapping unparametrized surfaces", 2010
    vec3 dp1 = dFdx(v_rel), dp2 = dFdy(v_rel);
    vec2 du1 = dFdx(v_uv), du2 = dFdy(v_uv);
    vec3 q1 = cross(dp2, face), q2 = cross(face, dp1);
    vec3 tangent = q1 * du1.x + q2 * du2.x, bitangent = q1 * du1.y + q2 * du2.y;
    float longest = inversesqrt(max(max(dot(tangent, tangent), dot(bitangent, bitangent)), 1e-20));
    vec3 m = texture(normal_map, v_uv).xyz * 2.0 - 1.0;
    n = normalize(tangent * (longest * m.x) + bitangent * (longest * m.y) + face * max(m.z, 0.05));
    if (dot(n, n) < 0.5) n = face;
#endif
    float metallic = u_surface.x, rough = u_surface.y;
#ifdef ROUGH_MAP
    vec2 mr = texture(rough_map, v_uv).bg;
    metallic *= mr.x;
    rough *= mr.y;
#endif
#ifdef SMOOTH
    // a curved surface seen small shows many normals at once: Tokuyoshi and Kaplanyan 2019
    vec3 dn1 = dFdx(n), dn2 = dFdy(n);
    float spread = min(0.5 * (dot(dn1, dn1) + dot(dn2, dn2)), 0.18);
    rough = sqrt(sqrt(clamp(rough * rough * rough * rough + spread, 0.0, 1.0)));
#endif
    rough = clamp(rough, 0.04, 1.0);
    vec3 glow = u_emissive.rgb;
#ifdef EMISSIVE_MAP
    glow *= texture(emissive_map, v_uv).rgb;
#endif
#ifdef LATER
    out_color = vec4(base.rgb, rough);
#else
    float ambient;
#ifdef GLASS
    base.rgb *= 1.0 - u_emissive.w;
#endif
    vec3 colour = shade(v_rel, n, face, depth, base.rgb, metallic, rough, u_surface.z, ambient) + glow;
    float distance_m = length(v_rel);
    colour = hazed(colour, v_rel, distance_m);
#ifdef BLEND
    float alpha = base.a;
#ifndef GLASS
    colour *= alpha;
#else
    float nv = abs(dot(n, v_rel)) / distance_m;
    alpha = 1.0 - u_emissive.w * (1.0 - u_surface.z) * (1.0 - pow(1.0 - nv, 5.0)) * (0.35 + 0.65 * dot(u_base.rgb, WEIGHTS));
#endif
    out_color = vec4(colour, alpha);
#else
    out_color = vec4(colour, dot(glow, WEIGHTS) > 0.0 ? 0.0 : ambient);
#endif
#endif
#endif
#ifdef AUX
#ifdef UNLIT
    vec3 glow = vec3(0.0);
    float metallic = 0.0;
#endif
#ifdef MOTION
    write_aux(depth, v_id, n, v_prev, metallic, u_surface.z, glow);
#else
    write_aux(depth, v_id, n, vec3(1.0), metallic, u_surface.z, glow);
#endif
#endif
}

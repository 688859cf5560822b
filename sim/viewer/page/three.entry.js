// What the page needs of three.js, in one file: `npm install three esbuild`, then
// npx esbuild three.entry.js --bundle --minify --format=esm --legal-comments=none --banner:js='/*! three.js rNNN, MIT */' --outfile=three.js
export {
  ACESFilmicToneMapping, AgXToneMapping, AmbientLight, Box3, BoxGeometry, BufferAttribute, BufferGeometry, CapsuleGeometry, Color,
  CylinderGeometry, DataTexture, DirectionalLight, DoubleSide, EdgesGeometry, EquirectangularReflectionMapping, Euler, FloatType, Fog, Group,
  HalfFloatType, HemisphereLight, InstancedBufferAttribute, InstancedMesh, LinearFilter, LineBasicMaterial, LineSegments,
  LinearSRGBColorSpace, Matrix4, Mesh, MeshBasicMaterial, MeshStandardMaterial, NoToneMapping, Object3D, PCFShadowMap,
  PCFSoftShadowMap, PMREMGenerator, PerspectiveCamera, PointLight, Points, PointsMaterial, Quaternion, RGBAFormat, Raycaster,
  CustomToneMapping, RepeatWrapping, Scene, ShaderChunk, ShaderMaterial, Sphere, SphereGeometry, SpotLight, SRGBColorSpace, Vector2, Vector3, VSMShadowMap, WebGLRenderer,
  WireframeGeometry,
} from "three";
export { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";
export { TransformControls } from "three/examples/jsm/controls/TransformControls.js";

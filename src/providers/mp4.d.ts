declare module "*.mp4" {
  const bytes: ArrayBuffer;
  export default bytes;
}

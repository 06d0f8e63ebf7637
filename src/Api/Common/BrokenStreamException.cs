namespace CleanGateway.Api.Common;

/// <summary>
/// Cuts a stream off after its error event. An exception after the response has begun makes Kestrel send what has been
/// written and close the connection without the last chunk, which every client takes for the failure it is.
/// <see cref="HttpContext.Abort"/> would drop the error event with the rest.
/// </summary>
internal sealed class BrokenStreamException(string code) : Exception($"The stream was cut off after an error: {code}")
{
}

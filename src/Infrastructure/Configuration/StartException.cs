namespace CleanGateway.Infrastructure.Configuration;

/// <summary>The gateway cannot start, and the message tells an operator in one line what to do about it.</summary>
public sealed class StartException(string message, Exception? inner = null) : Exception(message, inner);

using System.Security.Cryptography;
using System.Text;

namespace CleanGateway.Infrastructure.Redis;

/// <summary>A script that is sent by its hash, once Redis knows it.</summary>
internal sealed class RedisScript(string text)
{
    public string Text => text;

#pragma warning disable CA5350 // Redis calls scripts so; nothing is kept secret by it.
    public byte[] Hash { get; } = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
}

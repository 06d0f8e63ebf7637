using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.Redis;

/// <summary>A script that is sent by its hash, once Redis knows it.</summary>
/// <param name="name">What it is called in metrics; else as whatever it is kept in.</param>
internal sealed class RedisScript(string text, [CallerMemberName] string name = "")
{
    public string Name { get; } = name.ToSnakeCase();

    public string Text => text;

#pragma warning disable CA5350 // Redis calls scripts so; nothing is kept secret by it.
    public byte[] Hash { get; } = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
}

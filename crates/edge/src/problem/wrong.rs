//! What an edge finds wrong by itself, beside JSON and the ledger's checks.

use std::fmt;

use super::sentence::{Sentence, sentences};

macro_rules! wrongs {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What is wrong at a place of a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Wrong { $($(#[$doc])* $name,)* }

        impl Wrong {
            /// Every name of the closed list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name as problem documents write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

wrongs! {
    /// Another value than what would pass. Expected: one or some values, or from and to.
    Value = "value";
    /// The body broke off.
    BodyWhole = "body.whole";
    /// The body is not UTF-8.
    BodyUtf8 = "body.utf8";
    /// Too many bytes. Expected: up to.
    Size = "size";
    /// No transition type. Actual: what was named.
    TypeUnknown = "type.unknown";
    /// The URL names another. Expected: what the URL names; actual: what the body names.
    Url = "url";
    /// The height asked for is not reached. Expected: up to, where any is; actual: the height.
    Height = "height";
    /// A read asks for what its address knows nothing of. Expected: what it knows.
    ParameterUnknown = "parameter.unknown";
    /// A read asks for something where nothing can be asked for.
    ParameterUnwanted = "parameter.unwanted";
    /// The cursor is not of an earlier page of this list.
    Cursor = "cursor";
    /// Not three parts of base64url.
    JwsCompact = "jws.compact";
    /// A part that is not canonical base64url.
    JwsEncoding = "jws.encoding";
    /// A part that is not UTF-8.
    JwsUtf8 = "jws.utf8";
    /// The signature is not 64 bytes.
    SignatureLength = "signature.length";
    /// The signature is not the key's over the bytes received.
    Signature = "signature.verify";
    /// No such party here. Actual: the party.
    PartyUnknown = "party.unregistered";
    /// No such key of the party here. Expected: the party; actual: the key.
    KeyUnknown = "key.unregistered";
    /// Who enrols signs with the key that it brings. Expected: the key that signs; actual: the key in the body.
    KeyOwn = "key.own";
    /// A key that is no point of its curve.
    KeyPoint = "key.point";
    /// No read token, or one that is none.
    Token = "token.form";
    /// The key of the read token is no live key of the party.
    TokenKey = "token.key";
    /// The read token is not in force, or not signed by its key.
    TokenVerify = "token.verify";
    /// Sealed data is missing.
    SealedData = "sealed.data";
    /// The digest of the sealed data is missing.
    SealedDigest = "sealed.digest";
    /// Sealed data is an object of `salt` and `data`.
    SealedShape = "sealed.shape";
    /// Sealed data goes to the service that keeps it.
    SealedElsewhere = "sealed.elsewhere";
    /// The type takes nothing sealed.
    SealedUnwanted = "sealed.unwanted";
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

sentences! {
    pub(super) fn of_wrong(wrong: Wrong);
    Value:
        "此处应为 {any}；请改正。"
        "This must be {any}; correct it.";
    BodyWhole:
        "请求内容不完整；请重发。"
        "The body broke off; send it again.";
    BodyUtf8:
        "请求内容不是 UTF-8；请以 UTF-8 编码重发。"
        "The body is not UTF-8; send it in UTF-8.";
    Size:
        "此处最多 {most} 字节；请缩小内容。"
        "This has {most} bytes at most; send less.";
    TypeUnknown:
        "没有 {was} 这种交易类型；请查阅接口文档中的类型。"
        "There is no transition type {was}; see the types in the interface document.";
    Url:
        "地址中写明的是 {want}，交易中是 {was}；请向交易所指的地址提交，或另签一笔。"
        "The URL names {want} and the transition {was}; send it to the address that it names, or sign another one.";
    Height:
        "此处的数据尚未更新到高度 {was}；请稍后重试，或不要求高度。"
        "The data here has not reached height {was}; come again shortly, or ask for no height.";
    ParameterUnknown:
        "没有这个查询参数，可用的是 {any}；请去掉，或核对名称。"
        "There is no such query parameter here, only {any}; take it out, or check its name.";
    ParameterUnwanted:
        "此地址没有查询参数；请去掉问号及其后的内容。"
        "This address takes no query parameters; leave out the question mark and what follows.";
    Cursor:
        "游标不是本列表前一页给出的；请用前一页的 next，或从头列出。"
        "The cursor is not of an earlier page of this list; use the next of that page, or begin again.";
    JwsCompact:
        "交易应为以两个点分开的三段 base64url（RFC 7515 第 7.1 节）；请用紧凑格式。"
        "A transition is three parts of base64url with a dot between (RFC 7515, 7.1); use the compact serialization.";
    JwsEncoding:
        "交易的某一段不是规范的 base64url；请不带填充、末位为零地编码。"
        "A part of the transition is not canonical base64url; encode it without padding, its last bits zero.";
    JwsUtf8:
        "交易的头部或载荷不是 UTF-8；请以 UTF-8 编码后重新签名。"
        "Header or payload of the transition is not UTF-8; encode it so and sign again.";
    SignatureLength:
        "签名应为 64 字节；请用 R 和 S 各 32 字节的形式，不用 DER。"
        "A signature is 64 bytes; write R and S of 32 bytes each, not DER.";
    Signature:
        "签名与该密钥和收到的内容不符；请比对摘要后用正确的密钥重新签名。"
        "The signature is not this key's over what we received; compare the digests and sign again with the right key.";
    PartyUnknown:
        "此处尚不知道主体 {was}；若刚刚登记，请稍后原样重发，否则请先登记。"
        "The party {was} is not known here; if it registered just now, send the same again shortly, else register it.";
    KeyUnknown:
        "此处尚不知道 {want} 的密钥 {was}；若刚刚添加，请稍后原样重发，否则请用已登记的密钥签名。"
        "The key {was} of {want} is not known here; if it was added just now, send the same again shortly, else sign with a registered key.";
    KeyOwn:
        "自行登记须用所登记的密钥签名：签名密钥为 {want}，登记的为 {was}；请改正 key 或换用该密钥签名。"
        "Who enrols signs with the key to enrol: {want} signs and {was} is in the body; correct the one or the other.";
    KeyPoint:
        "密钥不是其曲线上的点；请核对密钥的坐标。"
        "The key is no point of its curve; check its coordinates.";
    Token:
        "应为 Bearer 和由调用方签名的读取令牌；请附上令牌。"
        "This must be Bearer and a read token signed by the caller; add one.";
    TokenKey:
        "签发读取令牌的密钥不是该主体的有效密钥；请用有效密钥签发。"
        "The read token is signed with what is no live key of its party; sign one with a live key.";
    TokenVerify:
        "读取令牌不在有效期内，或签名、链号不符；请用有效密钥为本链重新签发，有效期不超过五分钟。"
        "The read token is not in force, or its signature or chain is wrong; sign a new one of at most five minutes for this chain.";
    SealedData:
        "交易写明了 sealed_digest，但没有附上密封数据；请一并提交。"
        "The transition has a sealed_digest and no sealed data came along; send it along.";
    SealedDigest:
        "附上了密封数据，但交易没有写明 sealed_digest；请补上摘要后重新签名，或去掉密封数据。"
        "Sealed data came along and the transition has no sealed_digest; add it and sign again, or leave the data out.";
    SealedShape:
        "密封数据应为含 salt（32 字节的 base64url）和 data（对象）的对象；请改正。"
        "Sealed data is an object of salt (32 bytes in base64url) and data (an object); correct it.";
    SealedElsewhere:
        "账本不接收密封数据；请提交到保管它的服务。"
        "The ledger takes no sealed data; send it to the service that keeps it.";
    SealedUnwanted:
        "这种交易没有密封数据；请去掉 sealed_digest。"
        "This type takes nothing sealed; leave sealed_digest out.";
}
